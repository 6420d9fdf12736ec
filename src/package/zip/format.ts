/** The numbers of the strict archive profile; what is not here is not used. */

export const LOCAL = 0x04034b50;
export const CENTRAL = 0x02014b50;
export const END = 0x06054b50;
export const ZIP64_END = 0x06064b50;
export const ZIP64_LOCATOR = 0x07064b50;

export const LOCAL_BYTES = 30;
export const CENTRAL_BYTES = 46;
export const END_BYTES = 22;
export const ZIP64_LOCATOR_BYTES = 20;

/** Names are UTF-8; no other bit is set. */
export const FLAGS = 0x0800;
export const FLAG_ENCRYPTED = 0x0001;
export const MADE_BY = 0x0314;
export const NEEDED = 20;
/** 1980-01-01 00:00:00. */
export const DOS_TIME = 0;
export const DOS_DATE = 0x0021;

export const STORED = 0 as const;
export const DEFLATED = 8 as const;

export const TYPE_MASK = 0o170000;
export const TYPE_FILE = 0o100000;
export const MODE_FILE = 0o100644;
export const MODE_EXECUTABLE = 0o100755;
export const OWNER_EXECUTE = 0o100;

/** The values that stand for "see Zip64". */
export const MAX16 = 0xffff;
export const MAX32 = 0xffff_ffff;
