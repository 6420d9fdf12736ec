/** A plan for people: lines on a terminal, or a table for a pull request. */
import type { Plan } from "../engine/index.ts";
import { percent } from "../api/traffic.ts";
import type { Io } from "./io.ts";

const signs = { create: "+", update: "~", replace: "!", delete: "-", keep: "=" } as const;
const colors = { create: "green", update: "yellow", replace: "magenta", delete: "red", keep: "dim" } as const;

export function planLines(plan: Plan, io: Io): string[] {
  const share = plan.traffic === undefined ? "" : `  with ${percent(plan.traffic)} of the traffic`;
  const heading = `${io.style("bold", `${plan.target} ${plan.deployment}`)}  package ${plan.packageDigest.slice(0, 19)}${share}`;
  const steps = plan.steps.flatMap((step) => [
    `  ${io.style(colors[step.action], `${signs[step.action]} ${step.action.padEnd(7)}`)} ${step.kind}  ${step.id}`,
    ...(step.action === "update" || step.action === "replace"
      ? step.changes.map((c) => `      ${c.path}: ${show(c.from)} -> ${show(c.to)}`)
      : []),
  ]);
  return [heading, ...steps, `  ${summary(plan)}  plan ${plan.digest}`];
}

/** "2 to create, 1 to keep"; "no change" when nothing would be written. */
export function summary(plan: Plan): string {
  const counts = Object.keys(signs).flatMap((action) => {
    const n = plan.steps.filter((s) => s.action === action).length;
    return n === 0 ? [] : [`${n} to ${action}`];
  });
  return plan.steps.every((s) => s.action === "keep")
    ? `no change: ${counts.join(", ") || "nothing there, nothing wanted"}`
    : counts.join(", ");
}

export function planMarkdown(plan: Plan): string {
  const cell = (text: string) => text.replaceAll("|", "\\|").replaceAll("\n", " ");
  const rows = plan.steps.map(
    (s) =>
      `| ${s.action} | ${cell(s.kind)} | ${cell(s.id)} | ${s.changes.map((c) => `\`${cell(`${c.path}: ${show(c.from)} → ${show(c.to)}`)}\``).join("<br>")} |`,
  );
  return [
    `### ${plan.target}: ${plan.deployment}`,
    "",
    summary(plan),
    "",
    "| action | kind | id | changes |",
    "| --- | --- | --- | --- |",
    ...rows,
    "",
    `package \`${plan.packageDigest}\`${plan.traffic === undefined ? "" : ` with ${percent(plan.traffic)} of the traffic`}, plan \`${plan.digest}\``,
    "",
  ].join("\n");
}

function show(value: unknown): string {
  if (value === undefined) return "(none)";
  const text = JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 77)}…` : text;
}
