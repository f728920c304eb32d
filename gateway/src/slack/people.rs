//! Who may do anything at all here. Ids are checked, never names, and whatever is not known to be allowed is refused.

use super::client::{CallFault, Client, PROMPT};
use super::config::Admission;
use super::inbound::event::SlackUser;
use crate::clock::Clock;
use gateway_domain::Person;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// How long Slack's word about a person counts. Somebody who left or became a guest is refused after this.
const KNOWN_FOR: SignedDuration = SignedDuration::from_mins(5);

/// People that are remembered; beyond it all are asked for again.
const REMEMBERED: usize = 10_000;

/// Between tries to ask who somebody is, and the longest that Slack may make us wait: the person waits for it.
const ASK_AGAIN: [Duration; 3] = [Duration::from_millis(250), Duration::from_secs(1), Duration::from_secs(3)];
const LONGEST: Duration = Duration::from_secs(5);

/// Why somebody is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AdmissionRefusal {
    OtherTeam,
    Stranger,
    Guest,
    NotListed,
    Gone,
    Robot,
    /// Slack could not be asked.
    Unsure,
}

impl AdmissionRefusal {
    /// A word for metrics and the audit log.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::OtherTeam => "other workspace",
            Self::Stranger => "other organisation",
            Self::Guest => "guest",
            Self::NotListed => "not listed",
            Self::Gone => "account closed",
            Self::Robot => "robot",
            Self::Unsure => "not known",
        }
    }
}

pub(super) struct People {
    client: Client,
    clock: Arc<dyn Clock>,
    admission: Admission,
    /// The workspace that the bot token belongs to.
    own_team: String,
    known: Mutex<HashMap<String, (Timestamp, Profile)>>,
}

/// What Slack says about a person, as far as it matters here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Profile {
    name: String,
    team: Option<String>,
    guest: bool,
    stranger: bool,
    gone: bool,
    robot: bool,
}

impl People {
    pub(super) fn new(client: Client, clock: Arc<dyn Clock>, admission: Admission, own_team: String) -> Self {
        Self { client, clock, admission, own_team, known: Mutex::default() }
    }

    /// The person, if they may act here.
    pub(super) async fn admit(&self, who: &SlackUser) -> Result<Person, AdmissionRefusal> {
        self.admission.by_ids(who, &self.own_team)?;
        let profile = self.profile(&who.user).await.ok_or(AdmissionRefusal::Unsure)?;
        let home = profile.team.clone().unwrap_or_default();
        self.admission.by_profile(&profile, &home, &self.own_team)?;
        Ok(Person { id: format!("slack:{home}:{}", who.user), name: profile.name })
    }

    /// What somebody is called, if that is known already.
    pub(super) fn name(&self, user: &str) -> Option<String> {
        self.remembered(user).map(|profile| profile.name)
    }

    /// What somebody is called. Without Slack's word it is the id.
    pub(super) async fn look_up(&self, user: &str) -> String {
        self.profile(user).await.map_or_else(|| user.to_owned(), |profile| profile.name)
    }

    async fn profile(&self, user: &str) -> Option<Profile> {
        if let Some(profile) = self.remembered(user) {
            return Some(profile);
        }
        match self.ask(user).await {
            Ok(answer) => {
                let profile = Profile::read(&answer["user"], user);
                match &profile {
                    Some(profile) => self.remember(user, profile),
                    None => tracing::warn!(user, "identity missing in Slack's answer; request refused"),
                }
                profile
            }
            Err(error) => {
                tracing::warn!(%error, user, "identity not given by Slack; request refused");
                None
            }
        }
    }

    /// A call that fails on its way is no reason to refuse somebody; only Slack's own word is.
    async fn ask(&self, user: &str) -> Result<Value, CallFault> {
        let mut waits = ASK_AGAIN.into_iter();
        loop {
            let fault = match self.client.call("users.info", &json!({ "user": user }), PROMPT).await {
                Err(fault) if fault.code().is_none() => fault,
                told => return told,
            };
            let Some(wait) = waits.next() else { return Err(fault) };
            let wait =
                if let CallFault::RateLimited { after, .. } = fault { after.min(LONGEST) } else { wait };
            tokio::time::sleep(wait).await;
        }
    }

    fn remembered(&self, user: &str) -> Option<Profile> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let (at, profile) = known.get(user)?;
        (self.clock.now().duration_since(*at) < KNOWN_FOR).then(|| profile.clone())
    }

    fn remember(&self, user: &str, profile: &Profile) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= REMEMBERED {
            known.clear();
        }
        known.insert(user.to_owned(), (self.clock.now(), profile.clone()));
    }
}

impl Profile {
    /// None where the answer is not about this person, or does not say plainly what they are: whoever is not known to be a
    /// member may be anybody.
    fn read(user: &Value, id: &str) -> Option<Self> {
        let team = user["team_id"].as_str().filter(|team| !team.is_empty());
        if user["id"] != id || team.is_none() {
            return None;
        }
        let names = ["/profile/display_name", "/profile/real_name", "/real_name", "/name"];
        let named =
            names.iter().filter_map(|path| user.pointer(path)?.as_str()).find(|name| !name.is_empty());
        // What Slack does not say is not so; what is neither yes nor no is not understood.
        let so = |name: &str| match &user[name] {
            Value::Null => Some(false),
            Value::Bool(so) => Some(*so),
            _ => None,
        };
        Some(Self {
            name: named.unwrap_or(id).to_owned(),
            team: team.map(str::to_owned),
            guest: so("is_restricted")? | so("is_ultra_restricted")?,
            stranger: so("is_stranger")?,
            gone: so("deleted")?,
            robot: so("is_bot")? || id == "USLACKBOT",
        })
    }
}

impl Admission {
    /// What the delivery itself tells, without asking Slack.
    fn by_ids(&self, who: &SlackUser, own: &str) -> Result<(), AdmissionRefusal> {
        // Where a delivery names no team, Slack's own word about the person decides.
        let foreign = !who.team.is_empty() && !self.has_team(&who.team, own);
        if who.user.is_empty() || foreign {
            return Err(AdmissionRefusal::OtherTeam);
        }
        if self.users.as_ref().is_some_and(|users| !users.contains(&who.user)) {
            return Err(AdmissionRefusal::NotListed);
        }
        who.home.as_deref().map_or(Ok(()), |home| self.at_home(home, own))
    }

    fn by_profile(&self, profile: &Profile, home: &str, own: &str) -> Result<(), AdmissionRefusal> {
        match () {
            () if profile.gone => Err(AdmissionRefusal::Gone),
            () if profile.robot => Err(AdmissionRefusal::Robot),
            () if profile.guest && !self.guests => Err(AdmissionRefusal::Guest),
            () if profile.stranger && !self.strangers => Err(AdmissionRefusal::Stranger),
            () => self.at_home(home, own),
        }
    }

    /// A person of a workspace that is not named is a stranger, whatever the channel is shared with.
    fn at_home(&self, home: &str, own: &str) -> Result<(), AdmissionRefusal> {
        let welcome = home == own || self.has_team(home, own) && self.strangers;
        if welcome { Ok(()) } else { Err(AdmissionRefusal::Stranger) }
    }

    fn has_team(&self, team: &str, own: &str) -> bool {
        if self.teams.is_empty() { team == own } else { self.teams.iter().any(|known| known == team) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn who(team: &str, user: &str, home: Option<&str>) -> SlackUser {
        SlackUser { team: team.into(), user: user.into(), home: home.map(str::to_owned) }
    }

    fn verdict(admission: &Admission, who: &SlackUser, user: &Value) -> Result<(), AdmissionRefusal> {
        admission.by_ids(who, "T1")?;
        let profile = Profile::read(user, &who.user).ok_or(AdmissionRefusal::Unsure)?;
        let home = profile.team.clone().unwrap_or_default();
        admission.by_profile(&profile, &home, "T1")
    }

    #[test]
    fn whoever_is_not_known_to_be_allowed_is_refused() {
        // REQ-ASK-10
        let closed = Admission::default();
        let member = json!({ "id": "U1", "team_id": "T1", "name": "anna" });
        assert_eq!(verdict(&closed, &who("T1", "U1", Some("T1")), &member), Ok(()));
        assert_eq!(verdict(&closed, &who("T2", "U1", None), &member), Err(AdmissionRefusal::OtherTeam));
        assert_eq!(verdict(&closed, &who("", "U1", None), &member), Ok(()), "Slack says whose person it is");
        let other = json!({ "id": "U1", "team_id": "T2", "name": "x" });
        assert_eq!(verdict(&closed, &who("", "U1", None), &other), Err(AdmissionRefusal::Stranger));
        assert_eq!(verdict(&closed, &who("T1", "", None), &member), Err(AdmissionRefusal::OtherTeam));
        assert_eq!(verdict(&closed, &who("T1", "U1", Some("T2")), &member), Err(AdmissionRefusal::Stranger));
        let with = |field: &str| json!({ "id": "U1", "team_id": "T1", "name": "x", field: true });
        let odd = [
            ("is_restricted", AdmissionRefusal::Guest),
            ("is_ultra_restricted", AdmissionRefusal::Guest),
            ("is_stranger", AdmissionRefusal::Stranger),
            ("deleted", AdmissionRefusal::Gone),
            ("is_bot", AdmissionRefusal::Robot),
        ];
        for (field, turned) in odd {
            assert_eq!(verdict(&closed, &who("T1", "U1", None), &with(field)), Err(turned), "{field}");
        }
        let elsewhere = json!({ "id": "U1", "team_id": "T2", "name": "x" });
        assert_eq!(verdict(&closed, &who("T1", "U1", None), &elsewhere), Err(AdmissionRefusal::Stranger));
    }

    #[test]
    fn what_is_opened_is_open_and_nothing_beside_it() {
        // REQ-ASK-10
        let shared = Admission {
            teams: vec!["T1".into(), "T2".into()],
            strangers: true,
            guests: true,
            ..Admission::default()
        };
        let stranger = json!({ "id": "U1", "team_id": "T2", "name": "x", "is_stranger": true });
        assert_eq!(verdict(&shared, &who("T1", "U1", Some("T2")), &stranger), Ok(()));
        let third = json!({ "id": "U1", "team_id": "T3", "name": "x", "is_stranger": true });
        assert_eq!(verdict(&shared, &who("T1", "U1", None), &third), Err(AdmissionRefusal::Stranger));
        let listed = Admission { users: Some(vec!["U1".into()]), ..Admission::default() };
        let member = json!({ "id": "U1", "team_id": "T1", "name": "anna" });
        assert_eq!(verdict(&listed, &who("T1", "U1", None), &member), Ok(()));
        assert_eq!(verdict(&listed, &who("T1", "U2", None), &member), Err(AdmissionRefusal::NotListed));
    }

    #[test]
    fn a_person_is_called_what_colleagues_call_them() {
        let user = json!({ "id": "U1", "team_id": "T1", "name": "anna.b", "real_name": "Anna B", "profile": { "display_name": "", "real_name": "Anna B" } });
        assert_eq!(Profile::read(&user, "U1").unwrap().name, "Anna B");
        assert_eq!(Profile::read(&json!({ "id": "U1", "team_id": "T1" }), "U1").unwrap().name, "U1");
    }

    #[test]
    fn an_answer_that_says_nothing_plainly_lets_nobody_in() {
        // CHAOS F9, REQ-ASK-10
        let closed = Admission::default();
        let member = json!({ "id": "U1", "team_id": "T1", "name": "anna" });
        let changed = |field: &str, value: Value| {
            let mut user = member.clone();
            user[field] = value;
            user
        };
        for odd in [
            Value::Null,
            json!({}),
            json!([]),
            json!("anna"),
            changed("id", json!("U2")),
            changed("id", Value::Null),
            changed("team_id", Value::Null),
            changed("team_id", json!("")),
            changed("deleted", json!("true")),
            changed("is_restricted", json!(1)),
            changed("is_stranger", json!({})),
        ] {
            assert_eq!(
                verdict(&closed, &who("T1", "U1", Some("T1")), &odd),
                Err(AdmissionRefusal::Unsure),
                "{odd}"
            );
        }
        assert_eq!(verdict(&closed, &who("T1", "U1", None), &changed("deleted", Value::Null)), Ok(()));
    }
}
