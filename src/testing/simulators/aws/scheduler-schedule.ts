/** A schedule as it is given: https://docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateSchedule.html */
import { ask } from "./asks.ts";
import { objectIn, said } from "./inputs.ts";
import { isExpression, isTimezone } from "./scheduler-expression.ts";
import { type Account, AwsFailure } from "./service.ts";

export interface Target {
  readonly Arn?: string;
  readonly RoleArn?: string;
  readonly Input?: string;
  readonly RetryPolicy?: { readonly MaximumRetryAttempts?: number; readonly MaximumEventAgeInSeconds?: number };
  readonly DeadLetterConfig?: { readonly Arn?: string };
}

/** Times in seconds since the epoch. */
export interface Settings {
  readonly Description?: string;
  readonly State?: string;
  readonly ScheduleExpression?: string;
  readonly ScheduleExpressionTimezone?: string;
  readonly FlexibleTimeWindow?: { readonly Mode?: string; readonly MaximumWindowInMinutes?: number };
  readonly StartDate?: number;
  readonly EndDate?: number;
  readonly KmsKeyArn?: string;
  readonly ActionAfterCompletion?: string;
  readonly Target?: Target;
}

/** What is kept of an input: the vendor's defaults where it says nothing, as `GetSchedule` answers them. Fails where it is wrong. */
export function settingsOf(input: Settings, account: Account): Settings {
  const { Description, State = "ENABLED", ScheduleExpression = "", ScheduleExpressionTimezone = "UTC" } = input;
  const { FlexibleTimeWindow: flexible, StartDate, EndDate, KmsKeyArn, ActionAfterCompletion = "NONE" } = input;
  if (!isExpression(ScheduleExpression)) throw wrong(`Invalid Schedule Expression ${ScheduleExpression}.`);
  if (!isTimezone(ScheduleExpressionTimezone)) throw wrong(`Invalid Schedule Expression Timezone ${ScheduleExpressionTimezone}.`);
  if (State !== "ENABLED" && State !== "DISABLED") throw constraint("state", State);
  if (Description !== undefined && Description.length > 512) throw constraint("description", Description);
  if (ActionAfterCompletion !== "NONE" && ActionAfterCompletion !== "DELETE")
    throw constraint("actionAfterCompletion", ActionAfterCompletion);
  if (flexible?.Mode !== "OFF" && flexible?.Mode !== "FLEXIBLE") throw constraint("flexibleTimeWindow.mode", flexible?.Mode);
  const minutes = flexible.MaximumWindowInMinutes;
  if ((flexible.Mode === "OFF") !== (minutes === undefined) || (minutes !== undefined && !isBetween(minutes, 1, 1440)))
    throw constraint("flexibleTimeWindow.maximumWindowInMinutes", minutes);
  if (StartDate !== undefined && EndDate !== undefined && EndDate <= StartDate)
    throw wrong("The EndDate must be after the StartDate.");
  return said({
    Description,
    State,
    ScheduleExpression,
    ScheduleExpressionTimezone,
    FlexibleTimeWindow: flexible,
    StartDate,
    EndDate,
    KmsKeyArn,
    ActionAfterCompletion,
    Target: targetOf(input.Target, account),
  });
}

function targetOf(target: Target | undefined, account: Account): Target {
  const { Arn = "", RoleArn = "", Input, RetryPolicy = {}, DeadLetterConfig } = target ?? {};
  if (!/^arn:aws[a-z-]*:[\w-]+:[\w-]*:(\d{12})?:.+/.test(Arn)) throw wrong("Provided Arn is not in correct format.");
  if (!/^arn:aws(-[a-z]+)?:iam::\d{12}:role\/[\w+=,.@/-]+$/.test(RoleArn)) throw constraint("target.roleArn", RoleArn);
  const { MaximumRetryAttempts = 185, MaximumEventAgeInSeconds = 86_400 } = RetryPolicy;
  if (!isBetween(MaximumRetryAttempts, 0, 185)) throw constraint("target.retryPolicy.maximumRetryAttempts", MaximumRetryAttempts);
  if (!isBetween(MaximumEventAgeInSeconds, 60, 86_400))
    throw constraint("target.retryPolicy.maximumEventAgeInSeconds", MaximumEventAgeInSeconds);
  const service = Arn.split(":")[2];
  if (Input === "") throw constraint("target.input", Input);
  if (Input !== undefined && service === "lambda" && objectIn(Input) === undefined && !isJson(Input))
    throw wrong("Invalid RequestJson provided. Reason: the input of a Lambda target must be well-formed JSON.");
  const deadLetter = DeadLetterConfig?.Arn;
  if (deadLetter !== undefined && !/^arn:aws[a-z-]*:sqs:[\w-]+:\d{12}:[\w-]+$/.test(deadLetter))
    throw constraint("target.deadLetterConfig.arn", deadLetter);
  if (ask(account, "iam")?.assumable(RoleArn, "scheduler.amazonaws.com") === false)
    throw wrong("The execution role you provide must allow AWS EventBridge Scheduler to assume the role.");
  // Scheduler itself finds this out at the first run; here a deploy in the wrong order fails at once.
  for (const arn of [Arn, ...(deadLetter === undefined ? [] : [deadLetter])])
    if (!isThere(arn, account)) throw wrong(`There is no target ${arn}.`);
  return said({
    Arn,
    RoleArn,
    Input,
    RetryPolicy: { MaximumEventAgeInSeconds, MaximumRetryAttempts },
    DeadLetterConfig: deadLetter === undefined ? undefined : { Arn: deadLetter },
  });
}

function isThere(arn: string, account: Account): boolean {
  const service = arn.split(":")[2];
  return service === "lambda" || service === "sqs" || service === "sns" ? ask(account, service)?.exists(arn) !== false : true;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function isBetween(value: number, least: number, most: number): boolean {
  return Number.isInteger(value) && value >= least && value <= most;
}

export function constraint(member: string, value: unknown): AwsFailure {
  return wrong(`1 validation error detected: Value '${String(value)}' at '${member}' failed to satisfy constraint`);
}

function wrong(message: string): AwsFailure {
  return new AwsFailure(400, "ValidationException", message);
}
