//! Entries of the audit log about coming in and going out, in words that a person reads years later. No secret is in them: a
//! sign-in goes by the id that its person sees in the list.

use super::sign_in_entry::{SignIn, Way};
use gateway_domain::{AuditEntry, Person};
use jiff::Timestamp;
use std::net::IpAddr;

/// Who did what nobody in particular did.
const GATEWAY: &str = "gateway";

/// Where a sign-in comes from, besides its way.
#[derive(Clone, Copy, Debug)]
pub(super) struct Arrival {
    pub(super) door: Door,
    pub(super) from: Option<IpAddr>,
}

/// At which door somebody came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Door {
    Token,
    Link,
    Provider,
    Github,
    CommandLine,
    GithubCommandLine,
    /// OpenCode's web UI on another host.
    OpenCode,
}

impl Door {
    fn words(self) -> &'static str {
        match self {
            Self::Token => "with the gateway's token",
            Self::Link => "with a sign-in link",
            Self::Provider => "with the sign-in provider",
            Self::Github => "with GitHub",
            Self::CommandLine => "at the command line, with the sign-in provider",
            Self::GithubCommandLine => "at the command line, with GitHub",
            Self::OpenCode => "for OpenCode's web UI",
        }
    }
}

/// Somebody is about to be signed in.
pub(super) fn signed_in(sign_in: &SignIn, arrival: Arrival, is_vouched_for: bool) -> AuditEntry {
    let proof = if is_vouched_for { "account" } else { "claimed" };
    let ends = sign_in.ends.strftime("%Y-%m-%d %H:%M UTC");
    let words =
        format!("{}; {}; proven: {proof}; until {ends}", sign_in_words(sign_in), address(arrival.from));
    entry(sign_in.began, &sign_in.person.id, "signed in", arrival.door.words(), &words)
}

/// The person signed themselves out.
pub(super) fn signed_out(ended: &[SignIn], at: Timestamp) -> Vec<AuditEntry> {
    each(ended, |sign_in| entry(at, &sign_in.person.id, "signed out", "", &sign_in_words(sign_in)))
}

/// The person ended them from another one.
pub(super) fn ended_by_person(ended: &[SignIn], at: Timestamp) -> Vec<AuditEntry> {
    let why = "from the list of their sign-ins";
    each(ended, |sign_in| entry(at, &sign_in.person.id, "sign-in ended", why, &sign_in_words(sign_in)))
}

/// Nobody here did it: the provider, or other settings.
pub(super) fn ended(ended: &[SignIn], why: &str, at: Timestamp) -> Vec<AuditEntry> {
    each(ended, |sign_in| {
        let words = format!("{} of {}", sign_in_words(sign_in), sign_in.person.id);
        entry(at, GATEWAY, "sign-in ended", why, &words)
    })
}

/// A link that signs somebody in is about to be made.
pub(super) fn made_link(by: &Person, of: &str, at: Timestamp) -> AuditEntry {
    entry(at, &by.id, "made link", "", &format!("Signs one browser in as {of}, once, within 12 hours"))
}

/// An entry may have reached the disk too late: what it tells of did not happen.
pub(super) fn not_in_time(of: &AuditEntry) -> AuditEntry {
    let words = format!("{} ({}) did not happen: its entry wasn't saved in time", of.what, of.told.subject);
    entry(of.at, &of.who, "sign-in refused", "the audit log couldn't be written", &words)
}

pub(super) fn entry(at: Timestamp, who: &str, what: &str, answer: &str, words: &str) -> AuditEntry {
    AuditEntry { answer: answer.to_owned(), ..AuditEntry::of_act(at, who, what, "", "", words) }
}

pub(super) fn address(from: Option<IpAddr>) -> String {
    from.map_or_else(|| "from an unknown address".to_owned(), |from| format!("from {}", from.to_canonical()))
}

fn each(all: &[SignIn], make: impl Fn(&SignIn) -> AuditEntry) -> Vec<AuditEntry> {
    all.iter().map(make).collect()
}

/// Which one it is, as its person finds it in the list.
fn sign_in_words(SignIn { id, browser, way, .. }: &SignIn) -> String {
    let came_from = match way {
        Way::PassedOn { from } => format!(", from sign-in {from}"),
        Way::Token { .. } | Way::Oidc(_) | Way::Github(_) => String::new(),
    };
    format!("Sign-in {id}{came_from}: {browser}")
}
