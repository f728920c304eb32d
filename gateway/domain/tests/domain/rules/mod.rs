//! Rules by resource, and people who are who they are.

mod break_glass;
mod claims;
mod ground;
mod matrix;
mod more_rules;
mod reviews;
mod several_people;
mod two_people;
mod words;

use gateway_domain::{
    About, AgentInput, Answer, AnswerGiven, Approval, AskBody, AskPolicy, Asked, ClockInput, Effect, Fits,
    Group, GroupClaim, Input, KnownPlace, People, Person, PersonInput, Places, Proof, Proven, RiskyRule,
    Rule, RuleBook, Said, Session, SessionRecord, Verdict, WITHIN, risk_kind,
};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value};
use std::sync::Arc;

pub(crate) const SESSION: &str = "ses_12345678";
pub(crate) const ISSUER: &str = "https://id.example.com";

/// Their accounts at the provider; `anna` has one in Slack and one behind the proxy too.
pub(crate) fn people() -> People {
    let own = |name: &str| vec![format!("oidc:{ISSUER}#{name}")];
    let mut people = People::default();
    for name in ["anna", "ben", "dora", "carl"] {
        people.humans.insert(name.into(), own(name));
    }
    let more = ["slack:T1:U1".to_owned(), "proxy:anna".to_owned()];
    people.humans.get_mut("anna").unwrap().extend(more);
    let group = |people: &[&str]| Group {
        people: people.iter().map(|name| (*name).to_owned()).collect(),
        claim: None,
    };
    people.groups.insert("developers".into(), group(&["anna", "ben", "dora", "carl"]));
    people.groups.insert("release".into(), group(&["anna", "ben", "dora"]));
    people.groups.insert("owners".into(), group(&["dora"]));
    let claim = Some(GroupClaim { issuer: ISSUER.into(), group: "deployers".into() });
    people.groups.insert("claimed".into(), Group { people: vec![], claim });
    people
}

pub(crate) fn approval(by: &str) -> Approval {
    Approval { by: by.into(), people: 1, proof: Proof::Claimed, within: Some(WITHIN), hours: None }
}

pub(crate) fn rule(name: &str, fits: Fits, by: &str) -> Rule {
    Rule {
        name: name.into(),
        fits,
        start: None,
        approve: Some(approval(by)),
        risky: None,
        always_for: None,
        break_glass: None,
    }
}

pub(crate) fn risky(by: &str) -> RiskyRule {
    RiskyRule {
        kinds: vec![risk_kind("push").unwrap()],
        patterns: vec![],
        approval: Approval { people: 2, proof: Proof::Account, ..approval(by) },
        reason: false,
        requester: false,
    }
}

pub(crate) fn repository(pattern: &str) -> Fits {
    Fits::Repository(pattern.into())
}

pub(crate) fn places() -> Places {
    let place = |name: &str, remote: Option<&str>, directory: Option<&str>, project: &str| KnownPlace {
        name: name.into(),
        remote: remote.map(str::to_owned),
        directory: directory.map(str::to_owned),
        projects: vec![project.into()],
    };
    Places {
        known: vec![
            place("web", Some("github.com/acme/shop"), Some("/work/shop"), "shop"),
            place("toys", Some("github.com/anna/toys"), Some("/work/toys"), "toys"),
        ],
        workspaces: "/work/.builders".into(),
    }
}

/// Developers allow everything, `release` what is in the shop, two of them what is pushed there.
pub(crate) fn rules() -> Vec<Rule> {
    let shop =
        Rule { risky: Some(risky("release")), ..rule("shop", repository("github.com/acme/shop"), "release") };
    vec![rule("toys", Fits::Directory("/work/toys".into()), "developers"), shop]
}

pub(crate) fn policy(rules: Vec<Rule>) -> AskPolicy {
    AskPolicy {
        people: Arc::new(people()),
        rules: Some(Arc::new(RuleBook { rules, places: places() })),
        persons_only: true,
        ..AskPolicy::default()
    }
}

pub(crate) fn account(name: &str) -> String {
    format!("oidc:{ISSUER}#{name}")
}

pub(crate) struct Story {
    pub(crate) session: Session,
    pub(crate) now: i64,
    pub(crate) last: Vec<Effect>,
}

impl Story {
    /// Carl began a session in the shop.
    pub(crate) fn in_the_shop() -> Self {
        Self::of(policy(rules()), "/work/shop", None)
    }

    pub(crate) fn of(policy: AskPolicy, directory: &str, project: Option<&str>) -> Self {
        let session = Session::new(SESSION, "pod-a", policy);
        let mut story = Self { session, now: 0, last: vec![] };
        let owner = Some(Person { id: account("carl"), name: "Carl".into() });
        let project = project.map(str::to_owned);
        let about = About { directory: directory.into(), project, owner, ..About::default() };
        story.then(PersonInput::Begun { about, progress: vec![] });
        story
    }

    pub(crate) fn then(&mut self, input: impl Into<Input>) -> &mut Self {
        self.now += 1;
        self.last = self.session.handle(input, self.at());
        self
    }

    fn at(&self) -> Timestamp {
        Timestamp::from_second(1_795_000_000 + self.now).unwrap()
    }

    pub(crate) fn later(&mut self, time: SignedDuration) -> &mut Self {
        self.now += time.as_secs();
        self.then(ClockInput::Tick)
    }

    pub(crate) fn asks(&mut self, name: &str, command: &str) -> &mut Self {
        let directory = self.session.record().about.directory.clone();
        let metadata = Map::from_iter([("command".to_owned(), Value::from(command))]);
        let (permission, patterns, always) = ("bash".to_owned(), vec![command.to_owned()], vec![]);
        self.then(AgentInput::Asked(Asked {
            opencode_id: name.into(),
            session: SESSION.into(),
            directory,
            tool: None,
            body: AskBody::Permission { permission, patterns, always, metadata },
        }))
    }

    pub(crate) fn wrote(&mut self, account: &str) -> &mut Self {
        self.then(PersonInput::Said(Said {
            message_id: format!("msg_gw{}", self.now),
            by: Person { id: account.into(), name: "A writer".into() },
            proven: Proven::default(),
            text: "Push it.".into(),
            files: vec![],
            agent: None,
            model: None,
        }))
    }

    pub(crate) fn answers(&mut self, account: &str, ask: &str, answer: Answer, proven: Proven) -> &Verdict {
        let by = Person { id: account.into(), name: account.into() };
        self.then(PersonInput::Answer(AnswerGiven { ask: ask.into(), digest: None, by, proven, answer }));
        self.verdict()
    }

    /// With an account that a provider vouched for.
    pub(crate) fn allows(&mut self, account: &str, ask: &str) -> &Verdict {
        self.answers(account, ask, Answer::Once, Proven::by(Proof::Account))
    }

    pub(crate) fn verdict(&self) -> &Verdict {
        self.last
            .iter()
            .find_map(|effect| if let Effect::Tell(verdict) = effect { Some(verdict) } else { None })
            .unwrap()
    }

    /// The gateway starts again, with other rules.
    pub(crate) fn restarts_with(&mut self, policy: AskPolicy) -> &mut Self {
        let text = serde_json::to_string(self.session.record()).unwrap();
        let record: SessionRecord = serde_json::from_str(&text).unwrap();
        let (session, effects) = Session::restore(record, policy, self.at());
        (self.session, self.last) = (session, effects);
        self
    }
}

pub(crate) fn is_refused(verdict: &Verdict) -> bool {
    matches!(verdict, Verdict::RefusedByRule { .. } | Verdict::NeedsProof { .. } | Verdict::NotAllowed)
}

pub(crate) fn is_first(verdict: &Verdict) -> bool {
    matches!(verdict, Verdict::NeedsSecond { .. })
}
