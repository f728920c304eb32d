//! What the gateway decides. Pure: no I/O, no clock, no randomness.
//!
//! A [`Session`] takes an [`Input`] and the time, and returns [`Effect`]s in the order in which they must happen.
//! What it has promised to people is in its [`SessionRecord`]; if that changed, the first effect is `Effect::Persist`, and
//! nothing else may happen before the record is on disk.

mod ask;
mod attachments;
mod audit;
mod audit_kind;
mod audit_kinds;
mod card;
mod check_order;
mod checks;
mod command_reading;
mod danger;
mod delivery_talk;
mod demand;
mod display;
mod effect;
mod excerpt;
mod failure;
pub mod gate;
mod grants;
mod guard_state;
mod hours;
mod ids;
mod input;
mod lab;
mod lab_plan;
mod limits;
mod mask;
mod models;
mod order;
mod pattern;
mod people;
mod permission_words;
mod pod_identity;
mod policy;
mod progress_line;
mod projects;
mod proven;
mod record;
mod record_edit;
mod routing;
mod rulebook;
mod safe_name;
mod sentences;
mod session;
mod sizes;
pub mod thread;
mod verdict;
mod visible;
mod vocabulary;
mod words;
mod workspace;
mod workspace_name;

pub use ask::danger::{Danger, DangerKind};
pub use ask::delivery_sheet::DeliverySheet;
pub use ask::grantable::{GrantFor, Grantable, Likeness};
pub use ask::held_call::{Held, HeldCall};
pub use ask::subject::{AskSubject, LineCount, RanBefore, SubjectKind};
pub use ask::{
    Answer, Aside, Ask, AskBody, AskState, AskTool, Asked, Backup, Decision, Field, OnSilence, OpenReview,
    OverrideReview, OverrideTold, Person, Question, Reviewed, Rules,
};
pub use attachments::{FileNote, FilesRefused, check_files, file_part_id, mime_of, plain_name};
pub use audit::{AuditEntry, AuditFault, AuditSubject, ChainedEntry, GENESIS, chain, chain_salted, verify};
pub use audit_kind::AuditKind;
pub use audit_kinds::{AUDIT_KINDS, is_audit_kind};
pub use card::{Doing, SessionCard};
pub use checks::{
    CheckEnd, CheckKind, CheckOutput, CheckPolicy, CheckRun, CheckSpec, CheckVerdict, CheckWork, CheckedCode,
    ConfiguredCheck, Fetched, LONGEST_LIMIT_SECONDS, LOOKED_FOR, MAX_NAMED_FAILURES, ProjectFiles,
    STANDARD_LIMIT_SECONDS, TestReport, found as found_checks, judge as judge_check, judge_fetch,
    shown_output,
};
pub use command_reading::CommandReading;
pub use danger::{looks_secret, stands_out};
pub use delivery_talk::{
    DeliveryCard, DeliveryOrder, DeliveryOutcome, DeliveryPrompt, DeliveryWord, PullLink,
};
pub use demand::{BreakGlassDemand, Demand, NamedGroup};
pub use display::{
    AnswerChoice, AnswerKey, AskDisplay, AskOutcome, AskStanding, AskTerms, AskView, AskWarning, CommandRuns,
    OptionDisplay, OutcomeTone, Part, Phrase, QuestionDisplay, StandingKind, WarningKind, plain_person,
};
pub use effect::Effect;
pub use excerpt::{cut, first_line};
pub use failure::Failed;
pub use grants::{
    Grant, GrantBook, GrantEnd, GrantEnding, GrantState, GrantView, KeptGrant, MOST_IN_FORCE, NotRevoked,
};
pub use guard_state::{GuardLevel, GuardState};
pub use hours::WorkingHours;
pub use ids::{InvalidId, SessionId};
pub use input::{
    AgentInput, AnswerGiven, ClockInput, FileSeen, Input, LabWish, PersonInput, Reconnected, Said, Steer,
    Turn,
};
pub use lab::{Lab, LabCard, LabDown, LabFault, LabPolicy, LabSeen, LabSight, LabStanding, LabState};
pub use lab_plan::LabPlan;
pub use limits::{DEFAULT_MAX_RUNNING, LimitReached, Limits, Runner, Running};
pub use mask::{MASK, SecretPlace, find_secrets, mask, mask_text};
pub use models::{Choice, ModelChoice, ModelEntry};
pub use order::{
    AgentAnswer, AgentOrder, AgentOutcome, CheckOrder, CheckOutcome, GrantOrder, GrantOutcome, LabOrder,
    LabOutcome, Order, Outcome, WorkspaceOrder, WorkspaceOutcome,
};
pub use people::{Group, GroupClaim, People, is_claim, look_alikes};
pub use pod_identity::{PodCredential, PodIdentity, Succession};
pub use policy::{Approvers, AskPolicy, BackupRule, PolicyBook, Risk, ThreadPolicy};
pub use progress_line::{MAX_PROGRESS_LINES, ProgressLine};
pub use projects::{
    CATEGORIES, Inference, ListedProject, ListedRepository, NewProject, ProjectList, ProjectStatus, RowFault,
    infer,
};
pub use proven::{PasskeyNote, Proof, Proven, SignedAnswer};
pub use record::{
    About, Author, CheckWish, Ended, Ending, Note, Paused, PendingOrder, Priority, Queued, SessionRecord,
    Sort, ThreadLocation,
};
pub use record_edit::{Decided, HandEdit, edited_by_hand, void_unlogged};
pub use routing::{AgentRule, Clue, ModelHint, Routing, RoutingDecision, Suggestion};
pub use rulebook::{
    Approval, BreakGlass, Fits, KnownPlace, Places, RISK_KINDS, RiskKind, RiskyRule, Rule, RuleBook, WITHIN,
    normal_remote, risk_kind,
};
pub use safe_name::{MAX_SAFE_NAME, SAFE_NAME_PATTERN, SafeName, UnsafeName};
pub use session::{Session, Trial, try_rules};
pub use sizes::{
    MAX_CATEGORY, MAX_FILES, MAX_FILES_BYTES, MAX_QUEUED, MAX_QUEUED_BYTES, MAX_REASON, MAX_SUBJECT_LINE,
    MAX_TITLE, Sizes,
};
pub use verdict::{InFull, Reply, Verdict};
pub use visible::{is_blank, one_line, visible};
pub use vocabulary::{NamedValue, Vocabulary};
pub use words::introduced;
pub use workspace::{Moving, Workspace, WorkspaceReady};
pub use workspace_name::{slug, workspace_name};
