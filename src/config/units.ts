/** The configuration's sizes and times in plain units. */

/** `512Mi`, `2Gi` to MiB. */
export function mebibytes(size: string): number {
  return Number.parseInt(size, 10) * (size.endsWith("Gi") ? 1024 : 1);
}

/** `30s`, `5m` to seconds. */
export function seconds(duration: string): number {
  return Number.parseInt(duration, 10) * (duration.endsWith("m") ? 60 : 1);
}
