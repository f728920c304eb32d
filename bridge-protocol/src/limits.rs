//! Every limit of the link, each with its reason. Both ends read them here (TypeScript gets them generated).

/// Largest frame either end accepts. The largest that is sent is a message with 5 MiB of files, which are a third
/// longer as text; a frame above this is answered with `protocol.error` and skipped, the link stays open.
pub const MAX_FRAME_BYTES: usize = 8 * 1024 * 1024;

/// Above this the WebSocket layer itself gives up (close code 1009): no honest peer gets near it.
pub const HARD_FRAME_BYTES: usize = 16 * 1024 * 1024;

/// Longest tool output carried in an event or a message reply; the middle is cut out and said so.
pub const MAX_TOOL_OUTPUT_BYTES: usize = 32 * 1024;

/// Events sent but not yet acknowledged. Beyond it the plugin holds back and merges streamed text.
pub const EVENT_WINDOW: usize = 1024;

/// Events waiting to be sent for the first time. Beyond it the plugin merges text, then drops what a
/// snapshot repairs, and asks for reconciliation instead of losing an ask, a completion or an error.
pub const EVENT_BACKLOG: usize = 8192;

/// Sessions told in `hello`, newest first. More are reachable with `session.list`.
pub const MAX_HELLO_SESSIONS: usize = 4000;

/// Commands in flight on one link. A person never has that many; beyond it the caller is told "busy".
pub const MAX_IN_FLIGHT_COMMANDS: usize = 1024;

/// Replies the plugin remembers, so that a command sent again is answered and not run again.
pub const REMEMBERED_REPLIES: usize = 2048;

/// Streamed text of one message goes out at most once in this time.
pub const STREAM_FLUSH_MS: u64 = 50;

/// Time between pings. A side that hears nothing for three intervals drops the link.
pub const PING_INTERVAL_MS: u64 = 10_000;

/// Silent intervals after which a link counts as dead.
pub const SILENT_INTERVALS: u32 = 3;

/// Time a new connection has to say `hello`.
pub const HELLO_TIMEOUT_MS: u64 = 10_000;

/// First and longest pause between two attempts of the plugin to connect (doubling, with jitter).
pub const RECONNECT_FIRST_MS: u64 = 1_000;
pub const RECONNECT_MAX_MS: u64 = 30_000;

/// How much longer the plugin waits for a held call than the gateway's rules let a person wait.
pub const HOLD_MARGIN_MS: u64 = 10_000;

/// Arguments of a call that the gate can show to a person. A call with longer ones is refused with a sentence.
pub const MAX_HELD_ARGS_BYTES: usize = 512 * 1024;

/// How long a command may take when the caller names no deadline.
pub const COMMAND_DEADLINE_MS: u64 = 30_000;

/// Spans told at once: a command has one, and one for each of the few calls that it makes to OpenCode.
pub const MAX_SPANS: usize = 32;

/// The end of a check's output that is brought; the rest is counted and digested. The log of a test that failed fits.
pub const MAX_CHECK_OUTPUT_BYTES: usize = 128 * 1024;

/// Largest file of results that a check's runner may write: JUnit's XML of some ten thousand tests.
pub const MAX_CHECK_REPORT_BYTES: usize = 2 * 1024 * 1024;

/// Longest part of a file that is read to find out which checks there are, and how many files at most.
pub const MAX_CHECK_FILE_BYTES: usize = 64 * 1024;
pub const MAX_CHECK_FILES: usize = 200;

/// All of them by name, for the generated files.
pub const ALL: [(&str, u64); 21] = [
    ("MAX_FRAME_BYTES", MAX_FRAME_BYTES as u64),
    ("HARD_FRAME_BYTES", HARD_FRAME_BYTES as u64),
    ("MAX_TOOL_OUTPUT_BYTES", MAX_TOOL_OUTPUT_BYTES as u64),
    ("EVENT_WINDOW", EVENT_WINDOW as u64),
    ("EVENT_BACKLOG", EVENT_BACKLOG as u64),
    ("MAX_HELLO_SESSIONS", MAX_HELLO_SESSIONS as u64),
    ("MAX_IN_FLIGHT_COMMANDS", MAX_IN_FLIGHT_COMMANDS as u64),
    ("REMEMBERED_REPLIES", REMEMBERED_REPLIES as u64),
    ("STREAM_FLUSH_MS", STREAM_FLUSH_MS),
    ("PING_INTERVAL_MS", PING_INTERVAL_MS),
    ("SILENT_INTERVALS", SILENT_INTERVALS as u64),
    ("HELLO_TIMEOUT_MS", HELLO_TIMEOUT_MS),
    ("RECONNECT_FIRST_MS", RECONNECT_FIRST_MS),
    ("RECONNECT_MAX_MS", RECONNECT_MAX_MS),
    ("HOLD_MARGIN_MS", HOLD_MARGIN_MS),
    ("MAX_HELD_ARGS_BYTES", MAX_HELD_ARGS_BYTES as u64),
    ("MAX_SPANS", MAX_SPANS as u64),
    ("MAX_CHECK_OUTPUT_BYTES", MAX_CHECK_OUTPUT_BYTES as u64),
    ("MAX_CHECK_REPORT_BYTES", MAX_CHECK_REPORT_BYTES as u64),
    ("MAX_CHECK_FILE_BYTES", MAX_CHECK_FILE_BYTES as u64),
    ("MAX_CHECK_FILES", MAX_CHECK_FILES as u64),
];
