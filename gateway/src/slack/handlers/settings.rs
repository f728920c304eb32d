//! What people set in Slack and what stays: what a channel is for.
//!
//! Settings are stored in the action log and stay there until a newer value replaces them.

use crate::sessions::ports::{ActionLog, NotKept, PendingAction};
use crate::slack::config::ChannelRule;
use gateway_domain::Choice;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

/// Settings stand in the action log under this name.
const LOG_NAME: &str = "slack settings";

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "setting", rename_all = "snake_case")]
#[serde(remote = "Self")]
enum Setting {
    /// None takes back what the configuration says.
    Channel { channel: String, rule: Option<ChannelRule> },
    /// Only read: earlier gateways kept the model and the agent of a session here.
    Session { session: String, choice: Choice },
}

by_name::by_name!(Setting);

pub(in crate::slack) struct Settings {
    action_log: Arc<dyn ActionLog>,
    configured: BTreeMap<String, ChannelRule>,
    /// What was set for channels, each with its number in the log.
    channels: Mutex<HashMap<String, (u64, Option<ChannelRule>)>>,
}

/// The action log, sorted out.
#[derive(Default)]
pub(in crate::slack) struct Left {
    /// What people did, and that is still to be worked off.
    pub(in crate::slack) to_do: Vec<PendingAction>,
    /// Settings that newer ones replace.
    pub(in crate::slack) outdated: Vec<u64>,
    /// By session, what an earlier gateway kept here and the session keeps itself now.
    pub(in crate::slack) to_carry_over: HashMap<String, (u64, Choice)>,
}

impl Settings {
    /// Takes the settings out of what was left.
    pub(in crate::slack) fn read(
        action_log: Arc<dyn ActionLog>,
        configured: BTreeMap<String, ChannelRule>,
        pending: Vec<PendingAction>,
    ) -> (Self, Left) {
        let (mut channels, mut left) = (HashMap::new(), Left::default());
        for action in pending {
            if action.session != LOG_NAME {
                left.to_do.push(action);
                continue;
            }
            let number = action.number;
            left.outdated.extend(match serde_json::from_value::<Setting>(action.body) {
                Err(_) => Some(number),
                Ok(Setting::Channel { channel, rule }) => {
                    channels.insert(channel, (number, rule)).map(|(before, _)| before)
                }
                Ok(Setting::Session { session, choice }) => {
                    left.to_carry_over.insert(session, (number, choice)).map(|(before, _)| before)
                }
            });
        }
        (Self { action_log, configured, channels: Mutex::new(channels) }, left)
    }

    pub(in crate::slack) fn channel(&self, channel: &str) -> ChannelRule {
        let set = self.channels.lock().unwrap_or_else(PoisonError::into_inner);
        match set.get(channel) {
            Some((_, Some(rule))) => rule.clone(),
            _ => self.configured.get(channel).cloned().unwrap_or_default(),
        }
    }

    /// A channel of that project, for starts that come from nowhere.
    pub(in crate::slack) fn channel_of(&self, project: &str) -> Option<String> {
        let set = self.channels.lock().unwrap_or_else(PoisonError::into_inner);
        let set = set.iter().filter_map(|(channel, (_, rule))| Some((channel, rule.as_ref()?)));
        let fits = |(channel, rule): (&String, &ChannelRule)| {
            (rule.project.as_deref() == Some(project)).then(|| channel.clone())
        };
        set.chain(&self.configured).filter_map(fits).min()
    }

    /// The newer one is on disk before the older one leaves it.
    pub(in crate::slack) async fn set_channel(
        &self,
        channel: &str,
        rule: Option<ChannelRule>,
    ) -> Result<(), NotKept> {
        let setting = Setting::Channel { channel: channel.to_owned(), rule: rule.clone() };
        let action = serde_json::to_value(&setting).map_err(|error| NotKept(error.to_string()))?;
        let number = self.action_log.add(LOG_NAME, &action).await?;
        let before = {
            let mut set = self.channels.lock().unwrap_or_else(PoisonError::into_inner);
            set.insert(channel.to_owned(), (number, rule))
        };
        if let Some((outdated, _)) = before {
            self.action_log.done(outdated).await?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::future::BoxFuture;
    use serde_json::Value;

    #[derive(Default)]
    struct MemoryLog(Mutex<BTreeMap<u64, (String, Value)>>);

    impl ActionLog for MemoryLog {
        fn add<'a>(&'a self, session: &'a str, action: &'a Value) -> BoxFuture<'a, Result<u64, NotKept>> {
            let mut log = self.0.lock().unwrap();
            let number = log.keys().last().map_or(1, |last| last + 1);
            log.insert(number, (session.to_owned(), action.clone()));
            Box::pin(async move { Ok(number) })
        }

        fn done(&self, number: u64) -> BoxFuture<'_, Result<(), NotKept>> {
            self.0.lock().unwrap().remove(&number);
            Box::pin(async { Ok(()) })
        }
    }

    fn left(log: &MemoryLog) -> Vec<PendingAction> {
        let action = |(number, (session, action)): (&u64, &(String, Value))| PendingAction {
            number: *number,
            session: session.clone(),
            at: jiff::Timestamp::UNIX_EPOCH,
            body: action.clone(),
        };
        log.0.lock().unwrap().iter().map(action).collect()
    }

    fn rule(project: &str) -> ChannelRule {
        ChannelRule { project: Some(project.to_owned()), ..ChannelRule::default() }
    }

    #[tokio::test]
    async fn the_newest_setting_counts_also_after_a_restart() {
        let log = Arc::new(MemoryLog::default());
        let configured = BTreeMap::from([("C1".to_owned(), rule("shop"))]);
        let (settings, _) = Settings::read(log.clone(), configured.clone(), vec![]);
        assert_eq!(settings.channel("C1"), rule("shop"));
        settings.set_channel("C1", Some(rule("blog"))).await.unwrap();
        settings.set_channel("C2", Some(rule("shop"))).await.unwrap();
        settings.set_channel("C2", Some(rule("blog"))).await.unwrap();
        assert_eq!(log.0.lock().unwrap().len(), 2, "what is replaced leaves the log");
        let (after, read) = Settings::read(log.clone(), configured, left(&log));
        assert_eq!((after.channel("C1"), after.channel("C2")), (rule("blog"), rule("blog")));
        assert_eq!((read.to_do.len(), read.outdated.len()), (0, 0));
        after.set_channel("C1", None).await.unwrap();
        assert_eq!(after.channel("C1"), rule("shop"), "the configuration's own word is back");
    }

    #[tokio::test]
    async fn what_an_earlier_gateway_kept_of_a_session_is_to_be_carried_over_once() {
        // REQ-STATE-03, REQ-START-04
        let log = Arc::new(MemoryLog::default());
        for agent in ["build", "plan"] {
            let setting = serde_json::json!({
                "setting": "session", "session": "ses_1",
                "choice": { "agent": agent, "model": { "provider": "a", "model": "b" } },
            });
            log.add(LOG_NAME, &setting).await.unwrap();
        }
        let (_, read) = Settings::read(log.clone(), BTreeMap::new(), left(&log));
        let (number, choice) = &read.to_carry_over["ses_1"];
        assert_eq!((*number, choice.agent.as_deref()), (2, Some("plan")), "the newest counts");
        assert_eq!(choice.model.as_ref().unwrap().label(), "a/b");
        assert_eq!(read.outdated, [1]);
    }
}
