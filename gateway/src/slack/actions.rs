//! What the buttons mean: a codec between an [`Act`] and the `action_id` and `value` that Slack keeps for us.
//!
//! A value holds ids and the beginning of a digest, never what would run: everybody in the workspace can read it,
//! and it is only a hint until the desk has looked the ask up. A newer or foreign id is `Unknown`, not an error.

use gateway_domain::{Answer, Ask, GrantFor, Steer};

/// The menu of grants on a request's card.
const GRANT: &str = "grant";

/// Stands in front of all ids of this version.
const PREFIX: &str = "gw1.";

/// How much of an ask's digest a button carries: enough that no other ask of the session has the same.
const DIGEST: usize = 16;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    Answer {
        ask: String,
        digest: String,
        give: Give,
    },
    /// The full truth, in a modal.
    Details {
        ask: String,
    },
    /// Opens the form that asks for a reason.
    DenyWithReason {
        ask: String,
        digest: String,
    },
    /// Opens the form that asks why this is allowed.
    AllowWithReason {
        ask: String,
        digest: String,
    },
    /// Opens the form that overrides the rules, for one of those who can.
    Override {
        ask: String,
        digest: String,
    },
    /// Opens the form with all questions, or all fields of a configuration, and room for own words.
    OwnWords {
        ask: String,
        digest: String,
    },
    /// Calls like one that was allowed are asked about again.
    RevokeGrant {
        grant: String,
    },
    /// A thread of its own for this ask.
    TakeAside {
        ask: String,
    },
    Steer {
        session: String,
        to: Steer,
    },
    /// The session's work is to run in its lab.
    Deploy {
        session: String,
    },
    /// The session's work is to become a pull request.
    Deliver {
        session: String,
    },
    /// What somebody else changed of the session's lab is overwritten.
    TakeOverLab {
        session: String,
    },
    /// The session's lab is to go.
    CleanLab {
        session: String,
    },
    /// Opens the form in which a session whose turn failed gets another model.
    ChangeModel {
        session: String,
    },
    Show {
        session: String,
        what: Show,
    },
    /// Runs the session's usual checks.
    RunChecks {
        session: String,
    },
    /// The channel that a session's thread is to be in.
    ChooseThread {
        session: String,
        channel: String,
    },
    /// Opens the form that starts a session.
    Start,
    /// Starts a session for a message: where it would work was shown, or is to be chosen in the form.
    Begin {
        asked: Asked,
        form: bool,
    },
    /// Nothing to do here: Slack opens the link by itself, and tells us.
    Link,
    Unknown(String),
}

/// The message that asks for a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    pub channel: String,
    pub ts: String,
    /// The first message of its thread.
    pub thread: String,
}

/// What a button answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Give {
    Once,
    Always,
    /// Calls like this one, for that long.
    Grant(GrantFor),
    Deny,
    /// This option of this question, both counted from 0.
    Option {
        question: usize,
        option: usize,
    },
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Show {
    Status,
    Diff,
    /// What stands behind the lines of this item.
    Tools {
        item: String,
    },
    /// The same as a file in the thread, with all that is too long for a window.
    Whole {
        item: String,
    },
    /// All changes as a file in the thread.
    Patch,
    Help,
}

/// As much of the digest as a button carries.
pub fn short(digest: &str) -> &str {
    digest.get(..DIGEST).unwrap_or(digest)
}

impl Act {
    /// The `action_id` and the `value`.
    pub fn encode(&self) -> (String, String) {
        let (name, value) = match self {
            // A choice of a menu: its value is short, and the menu's own id names the request.
            Self::Answer { ask, digest, give: Give::Grant(lasts) } => {
                (format!("{GRANT}.{ask}"), both(lasts.value(), short(digest)))
            }
            Self::Answer { ask, digest, give } => {
                (format!("answer.{}", give.encode()), both(ask, short(digest)))
            }
            Self::Details { ask } => ("details".to_owned(), ask.clone()),
            Self::DenyWithReason { ask, digest } => ("reason".to_owned(), both(ask, short(digest))),
            Self::AllowWithReason { ask, digest } => ("why".to_owned(), both(ask, short(digest))),
            Self::Override { ask, digest } => ("override".to_owned(), both(ask, short(digest))),
            Self::OwnWords { ask, digest } => ("words".to_owned(), both(ask, short(digest))),
            Self::RevokeGrant { grant } => ("revoke".to_owned(), grant.clone()),
            Self::TakeAside { ask } => ("aside".to_owned(), ask.clone()),
            Self::Steer { session, to } => (format!("steer.{}", steer_name(*to)), session.clone()),
            Self::Deploy { session } => ("lab.deploy".to_owned(), session.clone()),
            Self::Deliver { session } => ("delivery.begin".to_owned(), session.clone()),
            Self::TakeOverLab { session } => ("lab.take_over".to_owned(), session.clone()),
            Self::CleanLab { session } => ("lab.clean".to_owned(), session.clone()),
            Self::ChangeModel { session } => ("model".to_owned(), session.clone()),
            Self::RunChecks { session } => ("checks".to_owned(), session.clone()),
            Self::Show { session, what } => what.encode(session),
            Self::ChooseThread { session, channel } => (format!("place.{session}"), channel.clone()),
            Self::Start => ("start".to_owned(), String::new()),
            Self::Begin { asked, form } => {
                let name = if *form { "begin.form" } else { "begin.here" };
                (name.to_owned(), format!("{} {} {}", asked.channel, asked.ts, asked.thread))
            }
            Self::Link => ("link".to_owned(), String::new()),
            Self::Unknown(id) => return (id.clone(), String::new()),
        };
        (format!("{PREFIX}{name}"), value)
    }

    pub fn decode(action_id: &str, value: &str) -> Self {
        let known = action_id.strip_prefix(PREFIX).and_then(|name| known(name, value));
        known.unwrap_or_else(|| Self::Unknown(action_id.to_owned()))
    }
}

fn known(name: &str, value: &str) -> Option<Act> {
    let (name, rest) = name.split_once('.').unwrap_or((name, ""));
    Some(match name {
        "answer" => {
            let (ask, digest) = pair(value)?;
            Act::Answer { ask, digest, give: Give::decode(rest)? }
        }
        GRANT => {
            let (lasts, digest) = pair(value)?;
            let lasts = GrantFor::ALL.into_iter().find(|known| known.value() == lasts)?;
            Act::Answer { ask: one(rest)?, digest, give: Give::Grant(lasts) }
        }
        "revoke" => Act::RevokeGrant { grant: one(value)? },
        "details" => Act::Details { ask: one(value)? },
        "reason" => pair(value).map(|(ask, digest)| Act::DenyWithReason { ask, digest })?,
        "why" => pair(value).map(|(ask, digest)| Act::AllowWithReason { ask, digest })?,
        "override" => pair(value).map(|(ask, digest)| Act::Override { ask, digest })?,
        "words" => pair(value).map(|(ask, digest)| Act::OwnWords { ask, digest })?,
        "aside" => Act::TakeAside { ask: one(value)? },
        "steer" => Act::Steer { session: one(value)?, to: steer(rest)? },
        "lab" if rest == "deploy" => Act::Deploy { session: one(value)? },
        "delivery" if rest == "begin" => Act::Deliver { session: one(value)? },
        "lab" if rest == "take_over" => Act::TakeOverLab { session: one(value)? },
        "lab" if rest == "clean" => Act::CleanLab { session: one(value)? },
        "model" => Act::ChangeModel { session: one(value)? },
        "checks" => Act::RunChecks { session: one(value)? },
        "show" => return Show::decode(rest, value),
        "place" => Act::ChooseThread { session: one(rest)?, channel: one(value)? },
        "start" => Act::Start,
        "begin" => Act::Begin { asked: Asked::decode(value)?, form: begins_with_form(rest)? },
        "link" => Act::Link,
        _ => return None,
    })
}

fn begins_with_form(name: &str) -> Option<bool> {
    match name {
        "form" => Some(true),
        "here" => Some(false),
        _ => None,
    }
}

impl Asked {
    fn decode(value: &str) -> Option<Self> {
        let (channel, rest) = value.split_once(' ')?;
        let (ts, thread) = pair(rest)?;
        Some(Self { channel: one(channel)?, ts, thread })
    }
}

impl Give {
    fn encode(self) -> String {
        match self {
            Self::Once => "once".to_owned(),
            Self::Always => "always".to_owned(),
            Self::Grant(lasts) => lasts.value().to_owned(),
            Self::Deny => "deny".to_owned(),
            Self::Option { question, option } => format!("option.{question}.{option}"),
        }
    }

    fn decode(name: &str) -> Option<Self> {
        let mut parts = name.split('.');
        match (parts.next()?, parts.next(), parts.next()) {
            ("once", None, _) => Some(Self::Once),
            ("always", None, _) => Some(Self::Always),
            ("deny", None, _) => Some(Self::Deny),
            ("option", Some(question), Some(option)) => {
                Some(Self::Option { question: question.parse().ok()?, option: option.parse().ok()? })
            }
            _ => None,
        }
    }

    /// The answer to this ask. None where the ask has no such option.
    pub fn answer(self, ask: &Ask) -> Option<Answer> {
        match self {
            Self::Once => Some(Answer::Once),
            Self::Always => Some(Answer::Always),
            Self::Grant(lasts) => Some(Answer::Grant { lasts, pattern: None }),
            Self::Deny => Some(Answer::Deny { reason: None }),
            Self::Option { question, option } => {
                let questions = ask.body.questions();
                let label = questions.get(question)?.options.get(option)?.clone();
                (questions.len() == 1).then(|| Answer::Answers { answers: vec![vec![label]] })
            }
        }
    }
}

impl Show {
    fn encode(&self, session: &str) -> (String, String) {
        match self {
            Self::Status => ("show.status".to_owned(), session.to_owned()),
            Self::Diff => ("show.diff".to_owned(), session.to_owned()),
            Self::Help => ("show.help".to_owned(), session.to_owned()),
            Self::Tools { item } => ("show.tools".to_owned(), both(session, item)),
            Self::Whole { item } => ("show.whole".to_owned(), both(session, item)),
            Self::Patch => ("show.patch".to_owned(), session.to_owned()),
        }
    }

    fn decode(name: &str, value: &str) -> Option<Act> {
        let (session, what) = match name {
            "status" => (one(value)?, Self::Status),
            "diff" => (one(value)?, Self::Diff),
            "help" => (value.to_owned(), Self::Help),
            "tools" => pair(value).map(|(session, item)| (session, Self::Tools { item }))?,
            "whole" => pair(value).map(|(session, item)| (session, Self::Whole { item }))?,
            "patch" => (one(value)?, Self::Patch),
            _ => return None,
        };
        Some(Act::Show { session, what })
    }
}

fn steer_name(to: Steer) -> &'static str {
    match to {
        Steer::Pause => "pause",
        Steer::Resume => "resume",
        Steer::Retry => "retry",
        Steer::Stop => "stop",
        Steer::Close => "close",
        Steer::Reopen => "reopen",
    }
}

fn steer(name: &str) -> Option<Steer> {
    let all = [Steer::Pause, Steer::Resume, Steer::Retry, Steer::Stop, Steer::Close, Steer::Reopen];
    all.into_iter().find(|to| steer_name(*to) == name)
}

fn both(first: &str, second: &str) -> String {
    format!("{first} {second}")
}

fn one(value: &str) -> Option<String> {
    (!value.is_empty() && !value.contains(' ')).then(|| value.to_owned())
}

fn pair(value: &str) -> Option<(String, String)> {
    let (first, second) = value.split_once(' ')?;
    Some((one(first)?, one(second)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn ids() -> impl Strategy<Value = String> {
        "[A-Za-z0-9_-]{8,40}"
    }

    fn acts() -> impl Strategy<Value = Act> {
        let gives = prop_oneof![
            Just(Give::Once),
            Just(Give::Always),
            Just(Give::Deny),
            prop::sample::select(GrantFor::ALL.to_vec()).prop_map(Give::Grant),
            (0..20_usize, 0..200_usize).prop_map(|(question, option)| Give::Option { question, option }),
        ];
        let steers = prop::sample::select(vec![
            Steer::Pause,
            Steer::Resume,
            Steer::Retry,
            Steer::Stop,
            Steer::Close,
            Steer::Reopen,
        ]);
        let digests = || "[0-9a-f]{16}";
        prop_oneof![
            (ids(), digests(), gives).prop_map(|(ask, digest, give)| Act::Answer { ask, digest, give }),
            ids().prop_map(|ask| Act::Details { ask }),
            (ids(), digests()).prop_map(|(ask, digest)| Act::DenyWithReason { ask, digest }),
            (ids(), digests()).prop_map(|(ask, digest)| Act::AllowWithReason { ask, digest }),
            (ids(), digests()).prop_map(|(ask, digest)| Act::Override { ask, digest }),
            (ids(), digests()).prop_map(|(ask, digest)| Act::OwnWords { ask, digest }),
            ids().prop_map(|ask| Act::TakeAside { ask }),
            ids().prop_map(|grant| Act::RevokeGrant { grant }),
            (ids(), steers).prop_map(|(session, to)| Act::Steer { session, to }),
            (ids(), ids()).prop_map(|(session, item)| Act::Show { session, what: Show::Tools { item } }),
            (ids(), ids()).prop_map(|(session, item)| Act::Show { session, what: Show::Whole { item } }),
            ids().prop_map(|session| Act::ChangeModel { session }),
            ids().prop_map(|session| Act::RunChecks { session }),
            ids().prop_map(|session| Act::Deploy { session }),
            ids().prop_map(|session| Act::Deliver { session }),
            ids().prop_map(|session| Act::TakeOverLab { session }),
            ids().prop_map(|session| Act::CleanLab { session }),
            ids().prop_map(|session| Act::Show { session, what: Show::Diff }),
            ids().prop_map(|session| Act::Show { session, what: Show::Patch }),
            Just(Act::Start),
            (ids(), ids(), ids(), any::<bool>()).prop_map(|(channel, ts, thread, form)| Act::Begin {
                asked: Asked { channel, ts, thread },
                form
            }),
            Just(Act::Link),
        ]
    }

    proptest! {
        #[test]
        fn what_is_encoded_is_decoded(act in acts()) {
            let (id, value) = act.encode();
            prop_assert!(id.len() <= 255 && value.len() <= 2000);
            prop_assert_eq!(Act::decode(&id, &value), act);
        }

        #[test]
        fn anything_else_is_unknown_and_no_panic(id in ".{0,60}", value in ".{0,60}") {
            if !id.starts_with(PREFIX) {
                prop_assert_eq!(Act::decode(&id, &value), Act::Unknown(id));
            }
        }

        #[test]
        fn odd_values_under_our_prefix_do_not_panic(name in "[a-z.0-9]{0,30}", value in ".{0,60}") {
            Act::decode(&format!("{PREFIX}{name}"), &value);
        }
    }

    #[test]
    fn ids_of_other_versions_are_unknown() {
        for id in ["gw2.start", "start", "gw1.nothing", "gw1.answer.maybe", "gw1.answer.option.1"] {
            assert_eq!(Act::decode(id, "ask_12345678 0123456789abcdef"), Act::Unknown(id.to_owned()));
        }
    }
}
