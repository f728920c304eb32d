//! What can be asked of the simulator from outside.

use crate::people::Spot;
use serde::Deserialize;
use std::collections::BTreeMap;

#[derive(Deserialize)]
#[serde(tag = "verb", rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum Verb {
    /// Makes somebody, or finds them.
    Person {
        name: String,
        #[serde(default)]
        guest: bool,
        #[serde(default)]
        stranger: bool,
    },
    Deactivate {
        user: String,
    },
    /// `kind`: public (if missing), private. The app is in it unless `app` is false.
    Channel {
        name: String,
        #[serde(default)]
        members: Vec<String>,
        kind: Option<String>,
        app: Option<bool>,
    },
    Archive {
        channel: String,
    },
    /// Into a channel, a thread (`to`), or to the app (neither).
    Say {
        user: String,
        channel: Option<String>,
        to: Option<Spot>,
        text: String,
        #[serde(default)]
        files: Vec<FileOf>,
    },
    Edit {
        user: String,
        spot: Spot,
        text: String,
    },
    Delete {
        user: String,
        spot: Spot,
    },
    DeleteThread {
        user: String,
        spot: Spot,
    },
    React {
        user: String,
        spot: Spot,
        name: String,
    },
    Join {
        user: String,
        channel: String,
    },
    Leave {
        user: String,
        channel: String,
    },
    InviteApp {
        user: String,
        channel: String,
    },
    RemoveApp {
        user: String,
        channel: String,
    },
    Command {
        user: String,
        channel: String,
        command: String,
        #[serde(default)]
        text: String,
    },
    /// By `label` (what the button shows) or `action` (its id, in `block` if given, with `choice` for menus).
    Click {
        user: String,
        spot: Spot,
        label: Option<String>,
        action: Option<String>,
        block: Option<String>,
        choice: Option<String>,
    },
    ClickStale {
        user: String,
        spot: Spot,
        block: String,
        action: String,
        value: String,
    },
    Shortcut {
        user: String,
        callback: String,
    },
    MessageShortcut {
        user: String,
        spot: Spot,
        callback: String,
    },
    OpenHome {
        user: String,
    },
    OpenAssistant {
        user: String,
    },
    ClickHome {
        user: String,
        name: String,
        block: Option<String>,
    },
    /// With all that stands in the form at that moment, if that is told.
    ClickModal {
        user: String,
        name: String,
        block: Option<String>,
        choice: Option<String>,
        #[serde(default)]
        fields: BTreeMap<String, String>,
    },
    Suggestions {
        user: String,
        action: String,
        typed: String,
    },
    Submit {
        user: String,
        #[serde(default)]
        fields: BTreeMap<String, String>,
    },
    Close {
        user: String,
    },
    /// `fault`: rate_limited, status, status_after, error, timeout_before, timeout_after, reset_before, reset_after,
    /// slow, lagging; `value` is its number or code. `next` times, or with a `chance`.
    Fail {
        method: String,
        fault: String,
        value: Option<serde_json::Value>,
        next: Option<u32>,
        chance: Option<f64>,
    },
    /// `mishap`: drop, duplicate, reorder.
    Mishap {
        mishap: String,
        next: Option<u32>,
        chance: Option<f64>,
    },
    Oddities {
        #[serde(default)]
        null_team: bool,
        #[serde(default)]
        wild_metadata: bool,
        #[serde(default)]
        extra_fields: bool,
        #[serde(default)]
        unknown_frames: bool,
        #[serde(default)]
        nameless_streams: bool,
    },
    Heal {},
    Skip {
        seconds: f64,
    },
    RefreshSockets {},
    DropSockets {},
    DisableLink {},
    RawFrame {
        frame: serde_json::Value,
    },
    Revoke {},
    Scopes {
        scopes: Vec<String>,
    },
    /// Slash commands of the app; an empty list allows any.
    Commands {
        commands: Vec<String>,
    },
    /// HTTP deliveries to this address, after it has echoed a challenge; without one, sockets again.
    DeliverTo {
        url: Option<String>,
    },
    Messages {
        channel: String,
    },
    Thread {
        spot: Spot,
    },
    /// The first message with this text; an error if it does not come in time.
    UntilText {
        channel: String,
        text: String,
    },
    Calls {
        method: String,
    },
    Deliveries {
        what: String,
    },
    Errors {
        user: String,
    },
    Figures {},
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FileOf {
    pub(super) name: String,
    pub(super) text: String,
}
