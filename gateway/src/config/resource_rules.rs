//! `rules` in the file: what each repository, remote, directory or project asks of those who work on it.

use super::policies::Hours;
use super::{File, people_table, policies, whole};
use crate::sessions::channels::channel_of;
use gateway_domain::{
    Approval, BreakGlass, Fits, KnownPlace, People, Places, Proof, RISK_KINDS, RiskyRule, Rule, RuleBook,
    WITHIN, normal_remote, risk_kind,
};
use jiff::SignedDuration;
use schemars::JsonSchema;
use serde::Deserialize;
use std::path::Path;

/// One rule. All rules that fit a session must be satisfied.
/// More of them at once would be a meeting.
const MOST_PEOPLE: u8 = 9;

#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RuleEntry {
    /// A name for the audit log, of letters, digits, `-` and `_`.
    name: String,
    /// What it is about. Exactly one of the four.
    #[serde(rename = "for")]
    about: AboutEntry,
    /// The group that can start sessions there. Without it everyone who is signed in.
    start: Option<String>,
    /// Who allows what is asked there.
    approve: Option<ApproveEntry>,
    /// What is risky there, and who allows that.
    risky: Option<RiskyEntry>,
    /// Grants there.
    always: Option<AlwaysEntry>,
    /// What happens when nobody answers: always `deny`. Nothing is allowed by silence where a rule has `approve`.
    silence: Option<Silence>,
    /// The few who can override the rules there, one request at a time, with a reason. Every rule that fits must have it.
    break_glass: Option<BreakGlassEntry>,
}

#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
struct AboutEntry {
    /// A name from `repositories` or an address such as `github.com/acme/shop`; `*` stands for anything. `'*'` alone is
    /// everything, also what nobody knows.
    repository: Option<String>,
    /// An address: host in lower case, without scheme, user and `.git`.
    remote: Option<String>,
    /// A directory with all below it.
    directory: Option<String>,
    /// A project: by its repositories, and by the name that was chosen.
    project: Option<String>,
}

#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ApproveEntry {
    /// The group.
    by: String,
    /// How many people must allow it, from 1 to 9.
    #[schemars(extend("default" = 1))]
    people: Option<u8>,
    /// How far it must be proven who they are. Without it any account that is listed.
    proof: Option<ProofEntry>,
    /// How long an approval counts while others are missing, such as `15m`.
    #[schemars(extend("default" = "15m"))]
    within: Option<String>,
    /// Only in these hours can it be allowed. Without them at any time.
    hours: Option<Hours>,
}

#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct RiskyEntry {
    /// `push`, `force_push`, `deploy`, `publish`, `delete`, `credential`, `privileged`, `remote_code`,
    /// `decides_what_runs`, `outside_directory`, `network`. With neither kinds nor patterns it is all that stands out.
    #[serde(default)]
    kinds: Vec<String>,
    /// Commands, files and tools, such as `terraform apply*`.
    #[serde(default)]
    patterns: Vec<String>,
    /// The group that allows it.
    by: String,
    /// How many people must allow it, from 1 to 9.
    #[schemars(extend("default" = 2))]
    people: Option<u8>,
    /// How far it must be proven who they are.
    #[schemars(extend("default" = "account"))]
    proof: Option<ProofEntry>,
    /// How long an approval counts while others are missing.
    #[schemars(extend("default" = "15m"))]
    within: Option<String>,
    /// `required`: people who allow it say why.
    reason: Option<Required>,
    /// `allowed`: the session's owner and those who wrote to its agent can be among those who allow it.
    requester: Option<Allowed>,
}

#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct AlwaysEntry {
    /// How long a grant lasts at most, such as `8h`.
    #[serde(rename = "for")]
    lasts: String,
}

#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct BreakGlassEntry {
    /// The group.
    by: String,
    /// How far it must be proven who they are.
    #[schemars(extend("default" = "account"))]
    proof: Option<ProofEntry>,
    /// A reason is always required.
    #[allow(dead_code, reason = "there is one value, and it is what holds")]
    reason: Option<Required>,
    /// A Slack channel (its ID, or a link to it) that is told of each override: who, what and why.
    tell: Option<String>,
    /// How soon someone else has to look at it afterwards (`gateway reviews`), such as `24h`. Without it nobody has to.
    review_within: Option<String>,
}

#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum ProofEntry {
    /// A provider, Slack or a proxy that signs.
    Account,
    /// As before, and signed in again within 15 minutes.
    Fresh,
    /// The touch of a passkey for this very request.
    Passkey,
}

#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Required {
    Required,
}

#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Allowed {
    Allowed,
}

#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Silence {
    Deny,
}

impl ProofEntry {
    fn proof(self) -> Proof {
        match self {
            Self::Account => Proof::Account,
            Self::Fresh => Proof::Fresh,
            Self::Passkey => Proof::Passkey,
        }
    }
}

/// None without rules.
pub(super) fn book(
    file: &File,
    people: &People,
    workspaces: &Path,
    faults: &mut Vec<String>,
) -> Option<RuleBook> {
    if file.resource_rules.is_empty() {
        return None;
    }
    if people.is_empty() {
        faults.push("rules: need `people`: without them nobody could allow anything.".to_owned());
    }
    let mut rules: Vec<Rule> = vec![];
    for (n, entry) in file.resource_rules.iter().enumerate() {
        let mut checked = Checked { place: format!("rules[{n}]"), people, faults: &mut *faults };
        let rule = checked.rule(entry);
        if rules.iter().any(|other| other.name == entry.name) {
            checked.fault("name", "is used by another rule already.");
        }
        rules.extend(rule);
    }
    Some(RuleBook { rules, places: places(file, workspaces) })
}

struct Checked<'a> {
    place: String,
    people: &'a People,
    faults: &'a mut Vec<String>,
}

impl Checked<'_> {
    fn fault(&mut self, key: &str, why: &str) {
        self.faults.push(format!("{}.{key}: {why}", self.place));
    }

    fn rule(&mut self, entry: &RuleEntry) -> Option<Rule> {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        if entry.name.is_empty() || !entry.name.chars().all(plain) {
            self.fault("name", "use letters, digits, `-` and `_`.");
        }
        if let Some(group) = &entry.start {
            self.group("start", group);
        }
        let approve = entry.approve.as_ref().map(|approve| self.approve(approve));
        let risky = entry.risky.as_ref().map(|risky| self.risky(risky));
        let always = entry.always.as_ref().and_then(|always| self.time("always.for", &always.lasts));
        let break_glass = entry.break_glass.as_ref().map(|glass| self.break_glass(glass));
        let _ = entry.silence;
        let (name, start) = (entry.name.clone(), entry.start.clone());
        Some(Rule {
            name,
            fits: self.fits(&entry.about)?,
            start,
            approve,
            risky,
            always_for: always,
            break_glass,
        })
    }

    fn fits(&mut self, about: &AboutEntry) -> Option<Fits> {
        let AboutEntry { repository, remote, directory, project } = about;
        let count = [repository, remote, directory, project].iter().filter(|key| key.is_some()).count();
        if count != 1 {
            self.fault("for", "write one of `repository`, `remote`, `directory` and `project`.");
            return None;
        }
        if directory.as_ref().is_some_and(|directory| !directory.starts_with(['/', '*'])) {
            self.fault("for.directory", "must be a whole path, such as /work/shop.");
        }
        let fits = repository.clone().map(Fits::Repository).or_else(|| remote.clone().map(Fits::Remote));
        fits.or_else(|| directory.clone().map(Fits::Directory)).or_else(|| project.clone().map(Fits::Project))
    }

    fn approve(&mut self, entry: &ApproveEntry) -> Approval {
        self.group("approve.by", &entry.by);
        let place = format!("{}.approve.", self.place);
        let hours = entry.hours.as_ref();
        Approval {
            by: entry.by.clone(),
            people: self.people("approve.people", entry.people, 1),
            proof: entry.proof.map_or(Proof::Claimed, ProofEntry::proof),
            within: Some(self.within("approve.within", entry.within.as_deref())),
            hours: hours.and_then(|hours| policies::working_hours(hours, &place, self.faults)),
        }
    }

    fn risky(&mut self, entry: &RiskyEntry) -> RiskyRule {
        self.deciding("risky.by", &entry.by);
        let kinds = entry.kinds.iter().filter_map(|name| self.kind(name)).collect();
        RiskyRule {
            kinds,
            patterns: entry.patterns.clone(),
            approval: Approval {
                by: entry.by.clone(),
                people: self.people("risky.people", entry.people, 2),
                proof: entry.proof.map_or(Proof::Account, ProofEntry::proof),
                within: Some(self.within("risky.within", entry.within.as_deref())),
                hours: None,
            },
            reason: entry.reason.is_some(),
            requester: entry.requester.is_some(),
        }
    }

    fn break_glass(&mut self, entry: &BreakGlassEntry) -> BreakGlass {
        self.deciding("break_glass.by", &entry.by);
        let tell = entry.tell.as_ref().and_then(|told| {
            let channel = channel_of(told);
            if channel.is_none() {
                let why = format!(
                    "{told:?} is not a Slack channel. Write its ID, such as C0123456789, or a link to it."
                );
                self.fault("break_glass.tell", &why);
            }
            channel
        });
        let review_within = entry.review_within.as_ref();
        let review_within = review_within.and_then(|within| self.time("break_glass.review_within", within));
        let proof = entry.proof.map_or(Proof::Account, ProofEntry::proof);
        BreakGlass { by: entry.by.clone(), proof, tell, review_within }
    }

    fn kind(&mut self, name: &str) -> Option<gateway_domain::RiskKind> {
        let kind = risk_kind(name);
        if kind.is_none() {
            let known = RISK_KINDS.map(|kind| kind.name).join(", ");
            self.fault("risky.kinds", &format!("{name:?} is not a kind. Use {known}."));
        }
        kind
    }

    fn group(&mut self, key: &str, group: &str) {
        if !self.people.groups.contains_key(group) {
            self.fault(key, &format!("{group:?} is not one of `groups`."));
        }
    }

    /// A name that anyone with the token can choose decides about nothing that is risky.
    fn deciding(&mut self, key: &str, group: &str) {
        self.group(key, group);
        for name in people_table::unproven(self.people, group) {
            let why = format!(
                "{name} of {group} has a `web` or `api` name, which proves nothing. Remove it there."
            );
            self.fault(key, &why);
        }
    }

    fn people(&mut self, key: &str, given: Option<u8>, standard: u8) -> u8 {
        if given.is_some_and(|given| !(1..=MOST_PEOPLE).contains(&given)) {
            self.fault(key, &format!("must be from 1 to {MOST_PEOPLE}."));
        }
        given.unwrap_or(standard)
    }

    fn within(&mut self, key: &str, given: Option<&str>) -> SignedDuration {
        given.and_then(|given| self.time(key, given)).unwrap_or(WITHIN)
    }

    fn time(&mut self, key: &str, given: &str) -> Option<SignedDuration> {
        let time = time(given);
        if time.is_none() {
            self.fault(key, &format!("{given:?} is not a time from 1s to 30d, such as 15m, 8h or 7d."));
        }
        time
    }
}

/// `15m`, `8h`, `7d`.
pub(super) fn time(text: &str) -> Option<SignedDuration> {
    let unit = text.chars().next_back()?;
    let seconds = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3_600,
        'd' => 86_400,
        _ => return None,
    };
    let count: i64 = text.strip_suffix(unit)?.trim().parse().ok()?;
    let all = count.checked_mul(seconds)?;
    (1..=30 * 86_400).contains(&all).then(|| SignedDuration::from_secs(all))
}

/// The repositories of the file, and those that stand below a project only.
fn places(file: &File, workspaces: &Path) -> Places {
    let mut known: Vec<KnownPlace> = vec![];
    for (name, repository) in &file.repositories {
        let projects = file.projects.iter().filter(|(_, project)| project.names(name));
        known.push(KnownPlace {
            name: name.clone(),
            remote: repository.remote().map(normal_remote),
            directory: repository.directory().map(str::to_owned),
            projects: projects.map(|(project, _)| project.clone()).collect(),
        });
    }
    for (project, rules) in &file.projects {
        for named in rules.repositories.iter().flatten().filter(|named| named.directory().is_some()) {
            known.push(KnownPlace {
                name: named.name.clone(),
                directory: named.directory().map(str::to_owned),
                projects: vec![project.clone()],
                remote: None,
            });
        }
    }
    Places { known, workspaces: whole(workspaces).display().to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    fn load(text: &str) -> Result<Config, String> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        let path = file.path().to_str().unwrap().to_owned();
        Config::from(&|name| (name == "GATEWAY_CONFIG").then(|| path.clone()))
            .map_err(|faults| faults.to_string())
    }

    const WHOLE: &str = "
people:
  anna: { accounts: [{ oidc: 'https://id.example.com', sub: u-1001 }, { slack: T0123, user: U0456 }, { proxy: anna }] }
  ben: { accounts: [{ oidc: 'https://id.example.com', sub: u-1002 }] }
  carl: { accounts: [{ web: carl }] }
groups:
  developers: { people: [anna, ben, carl], claim: { oidc: 'https://id.example.com', group: developers } }
  release: { people: [anna, ben] }
repositories: { web: { remote: 'git@GitHub.com:acme/shop.git' } }
projects: { shop: { repositories: [{ name: web }, { name: docs, directory: /work/docs }] } }
rules:
  - { name: everything, for: { repository: '*' }, start: developers, approve: { by: developers } }
  - name: shop
    for: { repository: github.com/acme/shop }
    approve: { by: release, hours: { zone: Europe/Berlin, from: '09:00', to: '17:00' } }
    risky: { kinds: [push, deploy, credential], by: release, people: 2, proof: passkey, within: 15m, reason: required }
    always: { for: 8h }
    silence: deny
    break_glass: { by: release, proof: passkey, reason: required, tell: C0123456789, review_within: 24h }
";

    #[test]
    fn people_groups_and_rules_are_read() {
        // REQ-RULES-01, REQ-RULES-02, REQ-RULES-05
        let policy = load(WHOLE).unwrap().policies.standard;
        assert_eq!(policy.people.human_of("oidc:https://id.example.com#u-1001"), Some("anna"));
        assert_eq!(policy.people.human_of("slack:T0123:U0456"), Some("anna"));
        let book = policy.rules.unwrap();
        assert!(book.rules[0].is_for_all() && policy.persons_only);
        let shop = &book.rules[1];
        let risky = shop.risky.as_ref().unwrap();
        assert_eq!((risky.kinds.len(), risky.approval.people, risky.approval.proof), (3, 2, Proof::Passkey));
        assert_eq!((risky.reason, risky.requester), (true, false));
        assert_eq!(shop.always_for, Some(SignedDuration::from_hours(8)));
        let glass = shop.break_glass.as_ref().unwrap();
        assert_eq!(
            (glass.tell.as_deref(), glass.review_within),
            (Some("C0123456789"), Some(SignedDuration::from_hours(24)))
        );
        let places = &book.places.known;
        assert_eq!(places[0].remote.as_deref(), Some("github.com/acme/shop"));
        assert_eq!((places[0].projects.as_slice(), places.len()), (&["shop".to_owned()][..], 2));
        assert!(load("{}").unwrap().policies.standard.rules.is_none());
    }

    #[test]
    fn what_is_risky_without_words_takes_two_proven_people_within_a_quarter_of_an_hour() {
        // REQ-RULES-02
        let text = WHOLE.replace("people: 2, proof: passkey, within: 15m, reason: required", "kinds: []");
        let text = text.replace("kinds: [push, deploy, credential], ", "");
        let book = load(&text).unwrap().policies.standard.rules.unwrap();
        let approval = &book.rules[1].risky.as_ref().unwrap().approval;
        assert_eq!((approval.people, approval.proof, approval.within), (2, Proof::Account, Some(WITHIN)));
    }

    #[test]
    fn what_would_let_one_person_be_two_is_refused_at_the_start() {
        // REQ-RULES-02
        for (from, to, part) in [
            (
                "sub: u-1002",
                "sub: u-1001",
                "people.ben: the account oidc:https://id.example.com#u-1001 belongs to anna",
            ),
            ("  ben: {", "  Anna: {", "can be taken for \"Anna\""),
            ("  ben: {", "  аnna: {", "can be taken for"),
            ("sub: u-1002 }", "sub: u-1002, proxy: ben }", "people.ben.accounts[0]"),
            ("sub: u-1002 }", "sub: '' }", "people.ben.accounts[0]"),
            (
                "by: release, people: 2",
                "by: developers, people: 2",
                "rules[1].risky.by: carl of developers has a `web`",
            ),
            (
                "{ by: release, proof: passkey, reason",
                "{ by: developers, proof: passkey, reason",
                "rules[1].break_glass.by",
            ),
            ("tell: C0123456789", "tell: '#incidents'", "\"#incidents\" is not a Slack channel"),
            ("review_within: 24h", "review_within: soon", "rules[1].break_glass.review_within"),
            ("people: 2", "people: 10", "rules[1].risky.people: must be from 1 to 9"),
            ("within: 15m", "within: soon", "rules[1].risky.within"),
            ("[push,", "[shove,", "\"shove\" is not a kind"),
            ("by: release, hours", "by: nobodies, hours", "\"nobodies\" is not one of `groups`"),
            ("{ people: [anna, ben] }", "{ people: [anna, bert] }", "groups.release.people: \"bert\""),
            ("{ repository: github.com/acme/shop }", "{ repository: x, directory: /x }", "rules[1].for"),
            ("{ repository: github.com/acme/shop }", "{ directory: shop }", "rules[1].for.directory"),
            ("name: shop\n", "name: everything\n", "rules[1].name: is used"),
            ("name: shop\n", "name: 'sh@p'\n", "rules[1].name: use letters"),
        ] {
            assert!(WHOLE.contains(from), "{from}");
            let told = load(&WHOLE.replace(from, to)).err().unwrap_or_default();
            let told_plain = told.split(" (line ").collect::<Vec<_>>().join("|");
            let wanted = part.split(": ").last().unwrap();
            assert!(told_plain.contains(wanted), "{part} in {told}");
        }
        let told = load("rules: [{ name: a, for: { repository: '*' } }]").err().unwrap();
        assert!(told.contains("need `people`"), "{told}");
    }

    #[test]
    fn a_time_is_a_number_and_its_unit() {
        for (text, seconds) in
            [("15m", Some(900)), ("8h", Some(28_800)), ("30d", Some(2_592_000)), ("1s", Some(1))]
        {
            assert_eq!(time(text), seconds.map(SignedDuration::from_secs), "{text}");
        }
        for odd in ["", "m", "15", "0m", "-5m", "31d", "1.5h", "99999999999999999999d", "5µ"] {
            assert_eq!(time(odd), None, "{odd}");
        }
    }
}
