/** The engine's verbs. The iterables fail with an FnpkgError; leaving one early stops the work as an interruption does. */
import type { ApplyEvent, DestroyEvent } from "./events.ts";
import type { ApplyInput, DestroyInput, PlanInput, StatusInput } from "./input.ts";
import type { Plan } from "./plan-types.ts";
import type { Status } from "./status-types.ts";

export interface Verbs {
  makePlan<Section, Client>(input: PlanInput<Section, Client>): Promise<Plan>;
  apply<Section, Client>(input: ApplyInput<Section, Client>): AsyncIterable<ApplyEvent>;
  destroy<Section, Client>(input: DestroyInput<Section, Client>): AsyncIterable<DestroyEvent>;
  status<Section, Client>(input: StatusInput<Section, Client>): Promise<Status>;
}
