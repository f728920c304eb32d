//! What an ask is about, in one place for every surface, its kind, and whether the same ran before.

use crate::ask::{Ask, AskBody, AskState, Field};
use crate::excerpt::first_line;
use crate::permission_words;
use crate::sizes::MAX_SUBJECT_LINE;
use crate::visible::visible;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// When something was allowed that ran, and by whom.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RanBefore {
    /// If it was allowed in OpenCode, when it was asked.
    pub at: Timestamp,
    pub by: String,
}

/// The kind of thing that an ask is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum SubjectKind {
    Command,
    File,
    Url,
    Search,
    Tool,
    Question,
    /// The gateway's own question, by its title.
    Title,
}

/// What an ask is about. Hidden characters are written out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AskSubject {
    pub kind: SubjectKind,
    /// The first line of the truth, in full: the command, the file and where it really lies, the question.
    pub text: String,
    /// The same in one line, cut.
    pub line: String,
    /// The tool, where what it is about does not say it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tool: Option<String>,
    /// Where links lead the file to, if that is another place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub real_file: Option<String>,
    /// How much of a file changes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change: Option<LineCount>,
}

/// Lines of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LineCount {
    pub added: usize,
    pub removed: usize,
}

impl AskBody {
    pub fn subject(&self) -> AskSubject {
        let (kind, text) = self.about();
        let text = visible(&text);
        let line = first_line(&text, MAX_SUBJECT_LINE);
        let (tool, real_file) = match self {
            // OpenCode's own permissions are said in words; others are tools that somebody added.
            Self::Permission { permission, .. } => {
                (Some(permission).filter(|_| permission_words::known(permission).is_none()), None)
            }
            Self::Held { held } | Self::Configuration { held, .. } => {
                let added = Some(&held.tool).filter(|tool| permission_words::known(tool).is_none());
                (added, held.real_file.as_ref())
            }
            Self::Question { .. } | Self::Gate { .. } | Self::Deploy { .. } | Self::Delivery { .. } => {
                (None, None)
            }
        };
        let shown = |text: &String| visible(text);
        let tool = tool.map(shown).filter(|tool| *tool != text);
        AskSubject {
            kind,
            text,
            line,
            tool,
            real_file: real_file.map(shown),
            change: self.diff().map(counted),
        }
    }

    /// The kind of thing that it is about, and all of it.
    pub(crate) fn about(&self) -> (SubjectKind, String) {
        match self {
            Self::Permission { permission, patterns, metadata, .. } => {
                let of =
                    |name: &str| metadata.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
                let named = NAMED.into_iter().find_map(|(name, kind)| Some((kind, of(name)?.to_owned())));
                named.unwrap_or_else(|| matched(permission, patterns))
            }
            Self::Held { held } | Self::Configuration { held, .. } => (held.kind(), held.about()),
            Self::Question { questions } => {
                let first = questions.first().map_or("A question", |one| &one.question);
                (SubjectKind::Question, first.to_owned())
            }
            Self::Gate { title, .. } => (SubjectKind::Title, title.clone()),
            Self::Deploy { plan, .. } => (SubjectKind::Command, plan.command.clone()),
            Self::Delivery { sheet } => (SubjectKind::Title, sheet.says.clone()),
        }
    }

    /// How a file would change.
    pub fn diff(&self) -> Option<&str> {
        let told = match self {
            Self::Permission { metadata, .. } => metadata.get("diff").and_then(Value::as_str),
            Self::Held { held } | Self::Configuration { held, .. } => held.diff.as_deref(),
            Self::Question { .. } | Self::Gate { .. } | Self::Deploy { .. } | Self::Delivery { .. } => None,
        };
        told.filter(|diff| !diff.trim().is_empty())
    }

    /// What there is to read beyond the subject: how a file changes, arguments that nothing else shows.
    pub fn more(&self) -> String {
        match self {
            Self::Permission { .. } => self.diff().unwrap_or_default().to_owned(),
            Self::Held { held } | Self::Configuration { held, .. } => held.more(),
            Self::Gate { detail, .. } | Self::Deploy { detail, .. } => detail.clone(),
            Self::Delivery { sheet } => sheet.detail(),
            Self::Question { .. } => String::new(),
        }
    }

    /// All that a person decides about, for the place that has room for it.
    pub fn whole(&self) -> String {
        let AskSubject { kind, text, .. } = self.subject();
        match self {
            Self::Permission { patterns, .. } => match (kind, self.diff()) {
                (SubjectKind::Command, _) => text,
                (_, Some(diff)) => diff.to_owned(),
                (_, None) => patterns.join("\n"),
            },
            Self::Held { held } | Self::Configuration { held, .. } => {
                let parts = [text, held.more()];
                parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n\n")
            }
            Self::Gate { detail, .. } | Self::Deploy { detail, .. } => detail.clone(),
            Self::Delivery { sheet } => format!("{}\n{}", sheet.says, sheet.detail()).trim().to_owned(),
            Self::Question { questions } => {
                questions.iter().map(|one| one.question.as_str()).collect::<Vec<_>>().join("\n\n")
            }
        }
    }

    /// What a form asks for, of an ask that is answered with one.
    pub fn fields(&self) -> &[Field] {
        if let Self::Configuration { fields, .. } = self { fields } else { &[] }
    }

    /// What is asked, in the words that a person would say it in: with the tool, and all parts of a question.
    pub fn in_full(&self) -> String {
        match self {
            Self::Permission { permission, .. } => match self.about() {
                (SubjectKind::Tool, what) if what == *permission => what,
                (_, what) => format!("{permission}: {what}"),
            },
            Self::Held { held } | Self::Configuration { held, .. } => held.in_full(),
            Self::Gate { title, detail, .. } => format!("{title} {detail}"),
            Self::Deploy { plan, .. } => format!("deploy {} to its lab: {}", plan.name, plan.command),
            Self::Delivery { sheet } => {
                format!("delivery {} to {}: {}", sheet.run, sheet.repository, sheet.says)
            }
            Self::Question { questions } => {
                questions.iter().map(|one| one.question.as_str()).collect::<Vec<_>>().join("; ")
            }
        }
    }
}

/// Where OpenCode says what a permission is about, the first that is there.
const NAMED: [(&str, SubjectKind); 3] =
    [("command", SubjectKind::Command), ("filepath", SubjectKind::File), ("url", SubjectKind::Url)];

/// A permission that says it by its patterns only. Those of an added tool match everything, which says nothing.
fn matched(permission: &str, patterns: &[String]) -> (SubjectKind, String) {
    let kind = match permission {
        "bash" => SubjectKind::Command,
        "edit" | "write" | "read" | "external_directory" => SubjectKind::File,
        "webfetch" => SubjectKind::Url,
        "websearch" => SubjectKind::Search,
        _ => SubjectKind::Tool,
    };
    let told = patterns.join(", ");
    match told.as_str() {
        "" | "*" => (SubjectKind::Tool, permission.to_owned()),
        _ => (kind, told),
    }
}

/// The lines of a diff that name its files are none of the change.
fn counted(diff: &str) -> LineCount {
    let lines = |sign: char, head: &str| {
        diff.lines().filter(|line| line.starts_with(sign) && !line.starts_with(head)).count()
    };
    LineCount { added: lines('+', "+++ "), removed: lines('-', "--- ") }
}

impl Ask {
    /// Whether to go on; OpenCode does not know of it.
    pub(crate) fn is_gate(&self) -> bool {
        matches!(self.body, AskBody::Gate { .. })
    }

    /// Asked by the gateway, not by OpenCode.
    pub(crate) fn is_own(&self) -> bool {
        matches!(
            self.body,
            AskBody::Held { .. }
                | AskBody::Gate { .. }
                | AskBody::Configuration { .. }
                | AskBody::Deploy { .. }
                | AskBody::Delivery { .. }
        )
    }

    pub(crate) fn is_delivery(&self) -> bool {
        matches!(self.body, AskBody::Delivery { .. })
    }

    /// Neither the pod nor a turn has to do with it.
    pub(crate) fn is_beside_the_turn(&self) -> bool {
        self.is_deploy() || self.is_delivery()
    }

    /// About a lab: neither the pod nor a turn has to do with it.
    pub(crate) fn is_deploy(&self) -> bool {
        matches!(self.body, AskBody::Deploy { .. })
    }

    /// One a session: it outlives the call that was held first.
    pub(crate) fn is_configuration(&self) -> bool {
        matches!(self.body, AskBody::Configuration { .. })
    }

    /// Who let it run, if it did as far as is known.
    pub(crate) fn who_let_it_run(&self) -> Option<RanBefore> {
        let runs = matches!(self.body, AskBody::Permission { .. } | AskBody::Held { .. });
        match (&self.state, &self.decision) {
            _ if !runs => None,
            (AskState::Applied, Some(decision)) if decision.answer.allows() => {
                Some(RanBefore { at: decision.at, by: decision.by.name.clone() })
            }
            (AskState::AnsweredElsewhere { answer }, _) if answer == "once" || answer == "always" => {
                Some(RanBefore { at: self.asked_at, by: "someone in OpenCode".to_owned() })
            }
            _ => None,
        }
    }
}
