//! The TypeScript side: every type as a discriminated union, limits and close codes as constants.

use bridge_protocol::{
    Ack, AskOutcome, AskTool, BRIDGE_PATH, CheckEnded, CloseCode, CodeState, Command, CommandError,
    EffectivePermissions, ErrorCode, Event, EventFrame, FileChange, GateAlarm, GuardReport, Heartbeat,
    HeldTool, Hello, HoldMode, MessageError, MessageInfo, ModelRef, OfferedAgent, OfferedModel,
    PROTOCOL_VERSION, PartKind, PartView, PermissionAsk, PermissionReply, Position, PromptPart,
    ProtocolError, ProtocolErrorCode, QuestionAsk, QuestionItem, QuestionOption, Refused, Reply, ReplyResult,
    Request, ResumeMode, Role, SessionInfo, SessionSnapshot, SessionStatus, Span, Spans, TodoItem,
    TokenCount, ToolCall, ToolStatus, TurnState, Verdict, VersionRange, Welcome, limits,
};
use std::fmt::Write;
use ts_rs::{Config, TS};

const HEADER: &str = "\
// Generated from the crate bridge-protocol; edit that and run `make protocol`.

/** A value that the protocol carries as it is. */
type JsonValue = unknown;
";

const FRAMES: &str = "
/** What every frame begins with. */
type Envelope = { v: number };

/** Frames that the plugin sends. */
export type PluginFrame = Envelope &
  (
    | ({ type: \"hello\" } & Hello)
    | EventFrame
    | ({ type: \"reply\" } & Reply)
    | ({ type: \"session.error\" } & CommandError)
    | ({ type: \"trace.spans\" } & Spans)
    | ({ type: \"ping\" } & Heartbeat)
    | ({ type: \"pong\" } & Heartbeat)
    | ({ type: \"protocol.error\" } & ProtocolError)
  );

/** Frames that the gateway sends. */
export type GatewayFrame = Envelope &
  (
    | ({ type: \"welcome\" } & Welcome)
    | ({ type: \"refused\" } & Refused)
    | Request
    | ({ type: \"ack\" } & Ack)
    | ({ type: \"ping\" } & Heartbeat)
    | ({ type: \"pong\" } & Heartbeat)
    | ({ type: \"protocol.error\" } & ProtocolError)
  );
";

pub(crate) fn module() -> String {
    let mut text = HEADER.to_owned();
    types(&mut text);
    text.push_str(FRAMES);
    constants(&mut text);
    text
}

fn types(text: &mut String) {
    let config = Config::new().with_large_int("number");
    macro_rules! declare {
        ($($name:ty),* $(,)?) => { $( declare::<$name>(text, &config); )* };
    }
    declare!(
        SessionInfo,
        ModelRef,
        SessionStatus,
        Role,
        MessageInfo,
        MessageError,
        TokenCount,
        PartView,
        PartKind,
        ToolStatus,
        ToolCall,
        AskTool,
        PermissionAsk,
        QuestionAsk,
        QuestionItem,
        QuestionOption,
        HoldMode,
        HeldTool,
        GateAlarm,
        OfferedModel,
        OfferedAgent,
        TodoItem,
        FileChange,
        TurnState,
        GuardReport,
        EffectivePermissions,
        Hello,
        VersionRange,
        SessionSnapshot,
        Position,
        Welcome,
        ResumeMode,
        Refused,
        Request,
        Command,
        PromptPart,
        PermissionReply,
        Verdict,
        Reply,
        ReplyResult,
        AskOutcome,
        CheckEnded,
        CodeState,
        CommandError,
        ErrorCode,
        Spans,
        Span,
        EventFrame,
        Event,
        Heartbeat,
        Ack,
        ProtocolError,
        ProtocolErrorCode,
    );
}

fn declare<T: TS>(text: &mut String, config: &Config) {
    let docs = T::docs().unwrap_or_default();
    let _ = write!(text, "\n{docs}export {}\n", T::decl(config));
}

fn constants(text: &mut String) {
    let _ = write!(text, "\nexport const PROTOCOL_VERSION = {PROTOCOL_VERSION};\n");
    let _ = writeln!(text, "export const BRIDGE_PATH = {BRIDGE_PATH:?};");
    let _ = writeln!(text, "\n/** Every limit of the link; the reasons stand in docs/protocol.md. */");
    text.push_str("export const LIMITS = {\n");
    for (name, value) in limits::ALL {
        let _ = writeln!(text, "  {name}: {value},");
    }
    text.push_str("} as const;\n\n/** Why a link was closed. */\nexport const CLOSE = {\n");
    for code in CloseCode::ALL {
        let _ = writeln!(text, "  {code:?}: {},", code.code());
    }
    text.push_str("} as const;\n\nexport const COMMAND_NAMES = [\n");
    for name in Command::NAMES {
        let _ = writeln!(text, "  {name:?},");
    }
    text.push_str("] as const;\n\nexport const EVENT_NAMES = [\n");
    for name in Event::NAMES {
        let _ = writeln!(text, "  {name:?},");
    }
    text.push_str("] as const;\n");
}
