/** Loaded into the command line before it: what it waits between two looks is short, as a simulated vendor is soon ready. */
import timers from "node:timers/promises";
import { syncBuiltinESMExports } from "node:module";

const faster = 20;
/** Deadlines stay as long as they are. */
const longestWaitMs = 60_000;
const { setTimeout: wait } = timers;

timers.setTimeout = (ms, ...rest) => wait(ms >= longestWaitMs ? ms : ms / faster, ...rest);
syncBuiltinESMExports();
