/**
 * Loaded into the command line before it: counts each step that leaves a trace on this machine (a file or folder that is made,
 * written, renamed or removed, a process that is started, a call to the function's host) and kills the process at one of them.
 *
 * FNPKG_TEST_STEPS: a file that gets one line a step. FNPKG_TEST_KILL: `17 before`, or `17 done`: just after it, unheard.
 */
import { syncBuiltinESMExports } from "node:module";
import childProcess from "node:child_process";
import fs from "node:fs";
import http from "node:http";
import promises from "node:fs/promises";

const { writeSync } = fs;
const file = process.env["FNPKG_TEST_STEPS"] ?? "";
const record = file === "" ? undefined : fs.openSync(file, "a");
const [at, kind] = (process.env["FNPKG_TEST_KILL"] ?? "").split(" ");
let count = 0;

function die() {
  process.kill(process.pid, "SIGKILL");
  // The signal is on its way: nothing more is done until it is there.
  for (;;);
}

/** Answers what is to be called once the step is done. */
function begin(what) {
  const index = count++;
  if (record !== undefined) writeSync(record, `${what}\n`);
  const meant = String(index) === at;
  if (meant && kind === "before") die();
  return () => meant && die();
}

const named = (name, path) => `${name} ${typeof path === "string" ? path : ""}`;

function later(module, name, path) {
  const original = module[name];
  module[name] = async function counted(...given) {
    const done = begin(named(name, path ?? given[0]));
    try {
      return await original.apply(this, given);
    } finally {
      done();
    }
  };
}

function atOnce(module, name, matters = () => true) {
  const original = module[name];
  module[name] = function counted(...given) {
    if (!matters(...given)) return original.apply(this, given);
    const done = begin(named(name, given[0]));
    try {
      return original.apply(this, given);
    } finally {
      done();
    }
  };
}

const writes = (_, flags = "r") => typeof flags === "string" && flags !== "r";

for (const name of [
  "writeFile",
  "appendFile",
  "rename",
  "mkdir",
  "mkdtemp",
  "rm",
  "rmdir",
  "unlink",
  "link",
  "symlink",
  "copyFile",
  "chmod",
]) {
  later(promises, name);
  atOnce(fs, `${name}Sync`);
}
atOnce(fs, "openSync", writes);
atOnce(childProcess, "spawn");

const { open } = promises;
promises.open = async function counted(path, flags, ...rest) {
  if (!writes(path, flags)) return open.call(this, path, flags, ...rest);
  const done = begin(named("open", path));
  const handle = await open.call(this, path, flags, ...rest);
  done();
  later(handle, "writeFile", path);
  return handle;
};

const { request } = http;
http.request = function counted(...given) {
  const options = given.find((one) => typeof one === "object" && one !== null && !(one instanceof URL)) ?? {};
  const done = begin(`request ${options.method ?? "GET"} ${options.path ?? ""}`);
  const sent = request.apply(this, given);
  sent.prependListener("response", done);
  return sent;
};
syncBuiltinESMExports();
