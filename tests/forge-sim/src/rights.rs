//! Who somebody is to the forge, and what they may.

use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    Read,
    Write,
    Admin,
}

/// By name of the permission: `contents`, `pull_requests`, `checks` …
pub type Permissions = BTreeMap<String, Level>;

/// The least that a gateway needs; `workflows` is left out.
pub const LEAST: &[(&str, &str)] = &[
    ("actions", "write"),
    ("checks", "write"),
    ("contents", "write"),
    ("issues", "write"),
    ("metadata", "read"),
    ("pull_requests", "write"),
    ("statuses", "read"),
];

/// What an installation's token may: never more than the installation.
#[derive(Clone, Debug)]
pub(crate) struct Grant {
    pub(crate) app: u64,
    pub(crate) installation: u64,
    /// None: all of the installation.
    pub(crate) repositories: Option<BTreeSet<u64>>,
    pub(crate) permissions: Permissions,
}

#[derive(Clone, Debug)]
pub(crate) enum Who {
    Nobody,
    /// By JWT.
    App(u64),
    Installation(Grant),
    /// With a token of their own.
    Person(String),
}

impl Level {
    pub(crate) fn read(text: &str) -> Option<Self> {
        match text {
            "read" => Some(Self::Read),
            "write" => Some(Self::Write),
            "admin" => Some(Self::Admin),
            _ => None,
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Admin => "admin",
        }
    }
}

pub(crate) fn permissions(list: &[(&str, &str)]) -> Permissions {
    let read = list.iter().filter_map(|(name, level)| Some(((*name).to_owned(), Level::read(level)?)));
    read.chain([("metadata".to_owned(), Level::Read)]).collect()
}

pub(crate) fn shown(permissions: &Permissions) -> Value {
    let pairs = permissions.iter().map(|(name, level)| (name.clone(), Value::from(level.name())));
    Value::Object(pairs.collect::<Map<_, _>>())
}

impl Who {
    /// For the log and for budgets; never the token.
    pub(crate) fn label(&self) -> String {
        match self {
            Self::Nobody => "nobody".to_owned(),
            Self::App(id) => format!("app {id}"),
            Self::Installation(grant) => format!("installation {}", grant.installation),
            Self::Person(login) => format!("person {login}"),
        }
    }
}
