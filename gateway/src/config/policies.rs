//! The rules of the file: who answers, how long asks wait, how much is told, how many sessions run.
//!
//! What stands at the top holds for everything; a project changes what it names, a user their working hours.

use super::check_rules::{self, CheckRule};
use super::delivery_rules::Delivery;
use super::gate::{self, Gate};
use super::lab_rules::Lab;
use super::projects::NamedRepository;
use crate::sessions::builder_form;
use bridge_protocol::HoldMode;
use gateway_domain::thread::Detail;
use gateway_domain::{
    Approvers, AskPolicy, BackupRule, Limits, PolicyBook, Proof, Risk, ThreadPolicy, WorkingHours,
};
use jiff::SignedDuration;
use jiff::civil::{Date, Time, Weekday};
use jiff::tz::TimeZone;
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::time::Duration;

/// The names of [`Rules`] that may stand at the top, among all other settings.
pub(super) const RULES: [&str; 12] = [
    "approvers",
    "backup",
    "configure_exploratory",
    "delivery",
    "gate",
    "lab",
    "permission_timeout_seconds",
    "question_timeout_seconds",
    "risky",
    "running_sessions",
    "thread",
    "working_hours",
];

/// Rules as they may stand at the top or below a project.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Rules {
    /// Who can answer, such as `web:anna`. Without the list everyone who is signed in.
    approvers: Option<Vec<String>>,
    /// How long a permission waits before it is denied, from 1 to 604800. At the top `PERMISSION_TIMEOUT_SECONDS`
    /// overrides it.
    #[schemars(extend("default" = AskPolicy::default().permission_timeout.as_secs()))]
    permission_timeout_seconds: Option<u64>,
    /// How long a question waits, in working time, before its recommended option is used, from 1 to 604800.
    #[schemars(extend("default" = AskPolicy::default().question_timeout.as_secs()))]
    question_timeout_seconds: Option<u64>,
    /// When people are at work: the time limit of questions counts these hours only. Without it all time counts.
    working_hours: Option<Hours>,
    /// What needs a second approval.
    risky: Option<Vec<RiskRule>>,
    /// Who else can answer if nobody has.
    backup: Option<BackupPeople>,
    /// Ask for project and workspace before a session that was started in OpenCode can write.
    #[schemars(extend("default" = false))]
    configure_exploratory: Option<bool>,
    /// Which calls run without an ask, and which never do.
    gate: Option<Gate>,
    /// How much of a session its thread shows.
    thread: Option<ThreadRules>,
    /// Deliveries: how a session's work becomes a pull request.
    pub(super) delivery: Option<Delivery>,
    /// Labs: where a session's work runs for people to look at.
    pub(super) lab: Option<Lab>,
    /// How many sessions can run at once, from 1 to 10000. Beyond it a start is refused, and a message to an idle
    /// session is queued. Under a project it counts that project's sessions, and without it there is no limit.
    #[schemars(extend("default" = Limits::default().gateway))]
    running_sessions: Option<u64>,
    /// Only under a project: the agent for tasks whose words decide nothing. Default: `routing.fallback`.
    pub(super) agent: Option<String>,
    /// Only under a project: where its code is on the volume.
    pub(super) repositories: Option<Vec<NamedRepository>>,
    /// Only under a project: its checks by their names. They take the place of what its files offer under the same name.
    checks: Option<BTreeMap<String, CheckRule>>,
    /// Only under a project: the address of a running copy of the work that always stays. Integration tests get it as
    /// `TEST_URL`.
    test_url: Option<String>,
}

impl Rules {
    /// Whether the repository of this name is one of the project's.
    pub(super) fn names(&self, repository: &str) -> bool {
        self.repositories.iter().flatten().any(|named| named.name == repository)
    }
}

#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Hours {
    /// The time zone, such as `Europe/Berlin`.
    zone: String,
    /// Working days.
    #[serde(default = "workdays")]
    days: Vec<String>,
    /// When the working day starts, such as `09:00`.
    from: String,
    /// When the working day ends.
    to: String,
    /// Days off, such as `2026-12-25`.
    #[serde(default)]
    holidays: Vec<String>,
}

#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct RiskRule {
    /// What it matches, such as `git push*`.
    pattern: String,
    /// The reason shown to people.
    why: String,
    /// What people need to allow it, beside their sign-in: `passkey`.
    step_up: Option<StepUp>,
}

#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum StepUp {
    /// The touch of a passkey, for this very request.
    Passkey,
}

impl RiskRule {
    fn risk(&self) -> Risk {
        let proof = match self.step_up {
            Some(StepUp::Passkey) => Proof::Passkey,
            None => Proof::Claimed,
        };
        Risk { pattern: self.pattern.clone(), why: self.why.clone(), proof }
    }
}

#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct BackupPeople {
    /// How long after the request, from 1 to 604800.
    after_seconds: u64,
    /// Who can answer then.
    people: Vec<String>,
}

#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ThreadRules {
    /// Everything, everything but tool calls, or only what people must see.
    #[schemars(extend("default" = Detail::default()))]
    detail: Option<Detail>,
    /// Milestones within this time share a message.
    #[schemars(extend("default" = ThreadPolicy::default().milestone_window.as_secs()))]
    milestone_window_seconds: Option<u64>,
    /// How long without a milestone until a summary is posted; 0 is never.
    #[schemars(extend("default" = ThreadPolicy::default().summary_after.map_or(0, |after| after.as_secs())))]
    summary_after_seconds: Option<u64>,
    /// Changes of this many lines or more are reported.
    #[schemars(extend("default" = ThreadPolicy::default().significant_lines))]
    significant_lines: Option<u64>,
}

/// What may stand below a user.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(super) struct User {
    /// When this person is at work. Overrides the hours of the session's project.
    working_hours: Option<Hours>,
}

fn workdays() -> Vec<String> {
    ["monday", "tuesday", "wednesday", "thursday", "friday"].map(str::to_owned).to_vec()
}

/// All rules of the file, checked. `permission_seconds` is the environment's, which wins at the top.
pub(super) fn book(
    top: &Rules,
    projects: &BTreeMap<String, Rules>,
    users: &BTreeMap<String, User>,
    permission_seconds: Option<u64>,
    faults: &mut Vec<String>,
) -> PolicyBook {
    let names: Vec<_> = projects.keys().cloned().collect();
    let mut standard = applied(AskPolicy::default(), top, "", &names, faults);
    standard.gate.is_on = is_gate(top);
    if let Some(timeout) = seconds("PERMISSION_TIMEOUT_SECONDS", permission_seconds, faults) {
        standard.permission_timeout = timeout;
    }
    let mut book = PolicyBook { standard, ..PolicyBook::default() };
    for (name, rules) in projects {
        let place = format!("projects.{name}.");
        let policy = applied(book.standard.clone(), rules, &place, &names, faults);
        book.projects.insert(name.clone(), policy);
    }
    for (id, user) in users {
        let place = format!("users.{id}.");
        let hours = user.working_hours.as_ref().and_then(|hours| working_hours(hours, &place, faults));
        book.hours.extend(hours.map(|hours| (id.clone(), hours)));
    }
    book
}

pub(super) fn limits(
    top: &Rules,
    projects: &BTreeMap<String, Rules>,
    per_user: Option<u64>,
    faults: &mut Vec<String>,
) -> Limits {
    let mut count = |name: String, given: Option<u64>| match given {
        Some(given @ 1..=10_000) => usize::try_from(given).ok(),
        Some(_) => {
            faults.push(format!("{name}: must be a number from 1 to 10000."));
            None
        }
        None => None,
    };
    let standard = Limits::default();
    let gateway = count("running_sessions".to_owned(), top.running_sessions).unwrap_or(standard.gateway);
    let per_user = count("running_sessions_per_user".to_owned(), per_user);
    let of = |(name, rules): (&String, &Rules)| {
        let limit = count(format!("projects.{name}.running_sessions"), rules.running_sessions)?;
        Some((name.clone(), limit))
    };
    let projects = projects.iter().filter_map(of).collect();
    Limits { gateway, per_user, projects, ..standard }
}

fn applied(
    base: AskPolicy,
    rules: &Rules,
    place: &str,
    projects: &[String],
    faults: &mut Vec<String>,
) -> AskPolicy {
    let mut policy = base;
    let named = |name: &str| format!("{place}{name}");
    if let Some(people) = &rules.approvers {
        policy.approvers = Approvers::Only(people.clone());
    }
    let permission = seconds(&named("permission_timeout_seconds"), rules.permission_timeout_seconds, faults);
    policy.permission_timeout = permission.unwrap_or(policy.permission_timeout);
    let question = seconds(&named("question_timeout_seconds"), rules.question_timeout_seconds, faults);
    policy.question_timeout = question.unwrap_or(policy.question_timeout);
    if let Some(hours) = &rules.working_hours {
        policy.hours = working_hours(hours, place, faults);
    }
    if let Some(risky) = &rules.risky {
        policy.risks = risky.iter().map(RiskRule::risk).collect();
    }
    if let Some(BackupPeople { after_seconds, people }) = &rules.backup {
        let after = seconds(&named("backup.after_seconds"), Some(*after_seconds), faults);
        policy.backup = after.map(|after| BackupRule { after, people: people.clone() });
    }
    if let Some(wanted) = rules.configure_exploratory {
        policy.configuration = wanted.then(|| builder_form::fields(projects.to_vec()));
    }
    if let Some(gate) = &rules.gate {
        policy.gate = gate.applied(policy.gate, place, faults);
    }
    if rules.checks.is_some() || rules.test_url.is_some() {
        let none = BTreeMap::new();
        let named = rules.checks.as_ref().unwrap_or(&none);
        policy.checks = check_rules::checks(named, rules.test_url.as_ref(), place, faults);
    }
    if let Some(told) = &rules.thread {
        policy.thread = thread(policy.thread, told, &named("thread."), faults);
    }
    if let Some(lab) = &rules.lab {
        policy.lab = lab.applied(policy.lab, place, faults);
    }
    policy
}

/// The longest that any rule lets a permission, and with it a held call, wait for a person.
pub(super) fn longest_permission(book: &PolicyBook) -> Duration {
    let all = book.projects.values().chain([&book.standard]);
    let longest = all.map(|policy| policy.permission_timeout).max();
    longest.and_then(|wait| Duration::try_from(wait).ok()).unwrap_or_default()
}

/// Every call waits, unless somebody says otherwise.
pub(super) fn is_gate(rules: &Rules) -> bool {
    rules.gate.as_ref().is_none_or(|gate| gate.mode != Some(gate::Mode::Off))
}

/// Where sessions that began in OpenCode are set up before they write, their first write has to wait.
pub(super) fn hold_default(rules: &Rules, projects: &BTreeMap<String, Rules>) -> HoldMode {
    if is_gate(rules) {
        return HoldMode::All;
    }
    let wanted = |rules: &Rules| rules.configure_exploratory == Some(true);
    if wanted(rules) || projects.values().any(wanted) { HoldMode::Writes } else { HoldMode::None }
}

fn thread(base: ThreadPolicy, told: &ThreadRules, place: &str, faults: &mut Vec<String>) -> ThreadPolicy {
    let window = seconds(&format!("{place}milestone_window_seconds"), told.milestone_window_seconds, faults);
    let summary_after = match told.summary_after_seconds {
        None => base.summary_after,
        Some(0) => None,
        given => seconds(&format!("{place}summary_after_seconds"), given, faults),
    };
    ThreadPolicy {
        detail: told.detail.unwrap_or(base.detail),
        milestone_window: window.unwrap_or(base.milestone_window),
        summary_after,
        significant_lines: told.significant_lines.unwrap_or(base.significant_lines),
    }
}

fn seconds(name: &str, given: Option<u64>, faults: &mut Vec<String>) -> Option<SignedDuration> {
    match given? {
        seconds @ 1..=604_800 => Some(SignedDuration::from_secs(seconds.cast_signed())),
        _ => {
            faults.push(format!("{name}: must be a number of seconds from 1 to 604800."));
            None
        }
    }
}

pub(super) fn working_hours(hours: &Hours, place: &str, faults: &mut Vec<String>) -> Option<WorkingHours> {
    let before = faults.len();
    let mut wrong = |what: &str, value: &str, example: &str| {
        faults.push(format!("{place}working_hours: {value:?} is not a valid {what}. Example: {example}."));
    };
    let zone = TimeZone::get(&hours.zone).inspect_err(|_| wrong("time zone", &hours.zone, "Europe/Berlin"));
    let mut time = |text: &String| match text.parse::<Time>() {
        Ok(time) => time,
        Err(_) => {
            wrong("time", text, "09:00");
            Time::midnight()
        }
    };
    let (from, to) = (time(&hours.from), time(&hours.to));
    let mut days = vec![];
    for day in &hours.days {
        match weekday(day) {
            Some(day) => days.push(day),
            None => wrong("day", day, "monday"),
        }
    }
    let mut holidays = vec![];
    for text in &hours.holidays {
        match text.parse::<Date>() {
            Ok(date) => holidays.push(date),
            Err(_) => wrong("date", text, "2026-12-25"),
        }
    }
    if before == faults.len() && from >= to {
        faults.push(format!("{place}working_hours: `from` must be before `to`."));
    }
    zone.ok().map(|zone| WorkingHours { zone, days, from, to, holidays })
}

fn weekday(name: &str) -> Option<Weekday> {
    Some(match name.to_lowercase().as_str() {
        "monday" => Weekday::Monday,
        "tuesday" => Weekday::Tuesday,
        "wednesday" => Weekday::Wednesday,
        "thursday" => Weekday::Thursday,
        "friday" => Weekday::Friday,
        "saturday" => Weekday::Saturday,
        "sunday" => Weekday::Sunday,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::super::{Config, ConfigFaults};
    use crate::config::file::quoted;
    use bridge_protocol::HoldMode;
    use gateway_domain::thread::Detail;
    use gateway_domain::{About, Approvers, Person};
    use std::io::Write;

    fn load(text: &str) -> Result<Config, ConfigFaults> {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(text.as_bytes()).unwrap();
        let path = file.path().to_str().unwrap().to_owned();
        Config::from(&|name| (name == "GATEWAY_CONFIG").then(|| path.clone()))
    }

    const WHOLE: &str = "
approvers: ['api:anna']
question_timeout_seconds: 7200
working_hours: { zone: Europe/Berlin, from: '09:00', to: '17:00', holidays: ['2026-12-25'] }
risky: [{ pattern: 'git push*', why: it leaves this machine }]
backup: { after_seconds: 120, people: ['api:ben'] }
running_sessions: 4
running_sessions_per_user: 2
projects:
  shop: { approvers: ['api:carl'], thread: { detail: quiet, summary_after_seconds: 0 }, running_sessions: 1 }
users:
  api:dora: { working_hours: { zone: America/New_York, from: '10:00', to: '18:00' } }
";

    #[test]
    fn every_rule_is_known_by_its_name() {
        let told = serde_yaml::from_str::<super::Rules>("not_a_rule: 1").unwrap_err().to_string();
        let mut names: Vec<_> = quoted(&told).skip(1).collect();
        names.retain(|name| !["agent", "checks", "repositories", "test_url"].contains(name));
        names.sort_unstable();
        assert_eq!(names, super::RULES);
    }

    #[test]
    fn rules_hold_for_all_for_a_project_and_for_a_user() {
        // REQ-ASK-06, REQ-ASK-10, REQ-START-09, REQ-THREAD-04
        let config = load(WHOLE).unwrap();
        let owner = Person { id: "api:dora".into(), name: "dora".into() };
        let of_project = About { project: Some("shop".into()), owner: Some(owner), ..About::default() };
        let (all, shop) = (config.policies.of(&About::default()), config.policies.of(&of_project));
        assert_eq!(all.approvers, Approvers::Only(vec!["api:anna".into()]));
        assert_eq!(shop.approvers, Approvers::Only(vec!["api:carl".into()]));
        assert_eq!((shop.thread.detail, shop.thread.summary_after), (Detail::Quiet, None));
        assert_eq!(shop.risks, all.risks, "what a project does not name stays as it is for all");
        assert_eq!(shop.hours.unwrap().zone.iana_name(), Some("America/New_York"));
        assert_eq!(all.hours.unwrap().zone.iana_name(), Some("Europe/Berlin"));
        assert_eq!((config.limits.gateway, config.limits.per_user), (4, Some(2)));
        assert_eq!(config.limits.projects["shop"], 1);
    }

    #[test]
    fn the_gate_is_for_all_projects_and_never_open() {
        // REQ-GATE-01, REQ-GATE-05
        let config = load(
            "hold_default: none\ngate: { mode: on, allow: [{ tool: bash, pattern: 'npm test*' }], deny: [{ tool: webfetch }] }\n\
             projects: { shop: { gate: { allow: [] } } }\n",
        )
        .unwrap();
        assert_eq!(config.bridge.hold_default, HoldMode::All, "nothing takes it away");
        let of_project = About { project: Some("shop".into()), ..About::default() };
        let (all, shop) = (config.policies.of(&About::default()).gate, config.policies.of(&of_project).gate);
        assert!(all.is_on && shop.is_on && !all.lets_unguarded, "refused unless somebody says otherwise");
        assert_eq!((all.allow.len(), all.deny.len()), (1, 1));
        assert_eq!((shop.allow.len(), shop.deny.len()), (0, 1), "what it does not name stays");
        // Without a word it is on; who wants it off says so.
        for (file, mode) in [
            ("{}", HoldMode::All),
            ("hold_default: none", HoldMode::All),
            ("gate: { mode: off }", HoldMode::None),
        ] {
            let config = load(file).unwrap();
            let is_on = config.policies.of(&About::default()).gate.is_on;
            assert_eq!((config.bridge.hold_default, is_on), (mode, mode == HoldMode::All), "{file}");
        }
        let faults = load(
            "gate: { allow: [{ tool: '*' }, { tool: bash }, { tool: bash, pattern: '*test' }] }\n\
             projects: { shop: { gate: { mode: off } } }\n",
        );
        let told = faults.unwrap_err().to_string();
        for part in ["gate.allow[0]", "gate.allow[1]", "gate.allow[2]", "projects.shop.gate.mode"] {
            assert!(told.contains(part), "{part} in {told}");
        }
    }

    #[test]
    fn each_wrong_rule_is_named_with_its_place() {
        let faults = load(
            "working_hours: { zone: Mars/Base, from: nine, to: '17:00', days: [funday] }\n\
             running_sessions: 0\nprojects: { shop: { question_timeout_seconds: 0 } }\n",
        );
        let told = faults.unwrap_err().to_string();
        for part in
            ["Mars/Base", "nine", "funday", "running_sessions", "projects.shop.question_timeout_seconds"]
        {
            assert!(told.contains(part), "{part} in {told}");
        }
    }
}
