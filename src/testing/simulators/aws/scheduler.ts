/** EventBridge Scheduler: schedules and their groups. They call nothing here. */
import { page, said, seconds } from "./inputs.ts";
import { type Handlers, serviceOf } from "./operations.ts";
import { constraint, type Settings, settingsOf } from "./scheduler-schedule.ts";
import { type Account, AwsFailure, type Service } from "./service.ts";
import { type Shelf, things } from "./things.ts";
import { rest } from "./wires.ts";

interface Schedule {
  readonly settings: Settings;
  readonly created: number;
  readonly modified: number;
  /** What the call that made it said of itself. */
  readonly token: string | undefined;
}
interface State {
  /** By `GROUP/NAME`. */
  readonly schedules: Shelf<Schedule>;
  readonly groups: Set<string>;
}
interface At {
  readonly Name: string;
  readonly GroupName?: string;
}
interface Given extends At, Settings {
  readonly ClientToken?: string;
}
interface Listed {
  readonly GroupName?: string;
  readonly NamePrefix?: string;
  readonly State?: string;
  readonly MaxResults?: string;
  readonly NextToken?: string;
}

const protocol = rest({
  routes: {
    CreateSchedule: "POST /schedules/{Name}",
    GetSchedule: "GET /schedules/{Name}",
    UpdateSchedule: "PUT /schedules/{Name}",
    DeleteSchedule: "DELETE /schedules/{Name}",
    ListSchedules: "GET /schedules",
    CreateScheduleGroup: "POST /schedule-groups/{Name}",
    GetScheduleGroup: "GET /schedule-groups/{Name}",
  },
  // Getting and deleting spell the group otherwise than listing: `groupName`, `ScheduleGroup`.
  queried: {
    groupName: "groupName",
    clientToken: "clientToken",
    GroupName: "ScheduleGroup",
    NamePrefix: "NamePrefix",
    State: "State",
    MaxResults: "MaxResults",
    NextToken: "NextToken",
  },
});

export function scheduler(account: Account): Service {
  const { id, region, around } = account;
  const cell = { now: { schedules: new Map(), groups: new Set(["default"]) } as State };
  const schedules = things<Schedule>(account, () => cell.now.schedules);
  const arnOf = (key: string) => `arn:aws:scheduler:${region}:${id}:schedule/${key}`;
  const keyOf = ({ Name, GroupName = "default" }: At) => {
    if (!/^[\w.-]{1,64}$/.test(Name)) throw constraint("name", Name);
    if (!cell.now.groups.has(GroupName)) throw missing(`Schedule group ${GroupName} does not exist.`);
    return `${GroupName}/${Name}`;
  };
  const found = (at: At, of: (key: string) => Schedule | undefined): [string, Schedule] => {
    const key = keyOf(at);
    const schedule = of(key);
    if (schedule === undefined) throw missing(`Schedule ${at.Name} does not exist.`);
    return [key, schedule];
  };
  const times = ({ created, modified }: Schedule) => ({
    CreationDate: seconds(created),
    LastModificationDate: seconds(modified),
  });

  const handlers: Handlers = {
    CreateSchedule(input: Given) {
      const key = keyOf(input);
      const settings = settingsOf(input, account);
      const there = schedules.get(key);
      if (there !== undefined) {
        const again = there.token !== undefined && there.token === input.ClientToken;
        if (again && JSON.stringify(there.settings) === JSON.stringify(settings)) return { ScheduleArn: arnOf(key) };
        throw new AwsFailure(409, "ConflictException", `Schedule ${input.Name} already exists.`);
      }
      const now = around.now();
      schedules.put(key, { settings, created: now, modified: now, token: input.ClientToken });
      return { ScheduleArn: arnOf(key) };
    },
    GetSchedule({ Name, groupName }: { readonly Name: string; readonly groupName?: string }) {
      const [key, schedule] = found({ Name, ...said({ GroupName: groupName }) }, schedules.seen);
      const [GroupName] = key.split("/");
      return { Arn: arnOf(key), GroupName, Name, ...schedule.settings, ...times(schedule) };
    },
    UpdateSchedule(input: Given) {
      const [key, schedule] = found(input, schedules.get);
      schedules.put(key, { ...schedule, settings: settingsOf(input, account), modified: around.now() });
      return { ScheduleArn: arnOf(key) };
    },
    DeleteSchedule({ Name, groupName }: { readonly Name: string; readonly groupName?: string }) {
      schedules.remove(found({ Name, ...said({ GroupName: groupName }) }, schedules.get)[0]);
    },
    ListSchedules({ GroupName, NamePrefix = "", State: state, MaxResults = "100", NextToken }: Listed) {
      const most = Number(MaxResults);
      if (!Number.isInteger(most) || most < 1 || most > 100) throw constraint("maxResults", MaxResults);
      if (GroupName !== undefined && !cell.now.groups.has(GroupName))
        throw missing(`Schedule group ${GroupName} does not exist.`);
      const fits = schedules.allSeen().filter(([key, { settings }]) => {
        const [group, name = ""] = key.split("/");
        return (GroupName ?? group) === group && name.startsWith(NamePrefix) && (state ?? settings.State) === settings.State;
      });
      const { items, next } = page(fits, NextToken, most, "ValidationException");
      const Schedules = items.map(([key, schedule]) => {
        const [group, Name] = key.split("/");
        const { State: its, Target } = schedule.settings;
        return { Arn: arnOf(key), GroupName: group, Name, State: its, Target: { Arn: Target?.Arn }, ...times(schedule) };
      });
      return said({ Schedules, NextToken: next });
    },
    CreateScheduleGroup({ Name }: { readonly Name: string }) {
      if (!/^[\w.-]{1,64}$/.test(Name)) throw constraint("name", Name);
      if (cell.now.groups.has(Name)) throw new AwsFailure(409, "ConflictException", `Schedule group ${Name} already exists.`);
      cell.now.groups.add(Name);
      return { ScheduleGroupArn: groupArn(Name) };
    },
    GetScheduleGroup({ Name }: { readonly Name: string }) {
      if (!cell.now.groups.has(Name)) throw missing(`Schedule group ${Name} does not exist.`);
      return { Arn: groupArn(Name), Name, State: "ACTIVE" };
    },
  };

  function groupArn(name: string): string {
    return `arn:aws:scheduler:${region}:${id}:schedule-group/${name}`;
  }

  return serviceOf({
    name: "scheduler",
    protocol,
    handlers,
    cell,
    snapshot: () => ({
      groups: [...cell.now.groups].toSorted(),
      schedules: schedules.all().map(([name, { settings }]) => ({ name, ...settings })),
    }),
  });
}

function missing(message: string): AwsFailure {
  return new AwsFailure(404, "ResourceNotFoundException", message);
}
