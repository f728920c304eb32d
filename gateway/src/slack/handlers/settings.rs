//! What people set in Slack and what stays: what a channel is for, and the model and agent of a session.
//!
//! Settings are stored in the action log and stay there until a newer value replaces them.

use crate::sessions::ports::{ActionLog, NotKept, PendingAction};
use crate::slack::config::ChannelRule;
use gateway_domain::ModelChoice;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

/// Settings stand in the action log under this name.
const LOG_NAME: &str = "slack settings";

/// What the next messages of a session are sent with.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::slack) struct Choice {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::slack) model: Option<ModelChoice>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::slack) agent: Option<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "setting", rename_all = "snake_case")]
#[serde(remote = "Self")]
enum Setting {
    /// None takes back what the configuration says.
    Channel {
        channel: String,
        rule: Option<ChannelRule>,
    },
    Session {
        session: String,
        choice: Choice,
    },
}

by_name::by_name!(Setting);

impl Setting {
    fn name(&self) -> String {
        match self {
            Self::Channel { channel, .. } => format!("channel {channel}"),
            Self::Session { session, .. } => format!("session {session}"),
        }
    }
}

pub(in crate::slack) struct Settings {
    action_log: Arc<dyn ActionLog>,
    configured: BTreeMap<String, ChannelRule>,
    kept: Mutex<HashMap<String, (u64, Setting)>>,
}

impl Settings {
    /// Takes the settings out of what was left; also returns what else there is, and settings that newer ones replace.
    pub(in crate::slack) fn read(
        action_log: Arc<dyn ActionLog>,
        configured: BTreeMap<String, ChannelRule>,
        left: Vec<PendingAction>,
    ) -> (Self, Vec<PendingAction>, Vec<u64>) {
        let (mut kept, mut outdated, mut rest) = (HashMap::new(), vec![], vec![]);
        for action in left {
            if action.session != LOG_NAME {
                rest.push(action);
                continue;
            }
            let Ok(setting) = serde_json::from_value::<Setting>(action.body) else {
                outdated.push(action.number);
                continue;
            };
            let before: Option<(u64, Setting)> = kept.insert(setting.name(), (action.number, setting));
            outdated.extend(before.map(|(number, _)| number));
        }
        (Self { action_log, configured, kept: Mutex::new(kept) }, rest, outdated)
    }

    pub(in crate::slack) fn channel(&self, channel: &str) -> ChannelRule {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        match kept.get(&format!("channel {channel}")) {
            Some((_, Setting::Channel { rule: Some(rule), .. })) => rule.clone(),
            _ => self.configured.get(channel).cloned().unwrap_or_default(),
        }
    }

    /// A channel of that project, for starts that come from nowhere.
    pub(in crate::slack) fn channel_of(&self, project: &str) -> Option<String> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let set = kept.values().filter_map(|(_, setting)| match setting {
            Setting::Channel { channel, rule: Some(rule) } => Some((channel, rule)),
            _ => None,
        });
        let fits = |(channel, rule): (&String, &ChannelRule)| {
            (rule.project.as_deref() == Some(project)).then(|| channel.clone())
        };
        set.chain(&self.configured).filter_map(fits).min()
    }

    pub(in crate::slack) fn choice(&self, session: &str) -> Choice {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        match kept.get(&format!("session {session}")) {
            Some((_, Setting::Session { choice, .. })) => choice.clone(),
            _ => Choice::default(),
        }
    }

    pub(in crate::slack) async fn set_channel(
        &self,
        channel: &str,
        rule: Option<ChannelRule>,
    ) -> Result<(), NotKept> {
        self.set(Setting::Channel { channel: channel.to_owned(), rule }).await
    }

    pub(in crate::slack) async fn choose(&self, session: &str, choice: Choice) -> Result<(), NotKept> {
        self.set(Setting::Session { session: session.to_owned(), choice }).await
    }

    /// The newer one is on disk before the older one leaves it.
    async fn set(&self, setting: Setting) -> Result<(), NotKept> {
        let action = serde_json::to_value(&setting).map_err(|error| NotKept(error.to_string()))?;
        let number = self.action_log.add(LOG_NAME, &action).await?;
        let before = {
            let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
            kept.insert(setting.name(), (number, setting))
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
        let (settings, _, _) = Settings::read(log.clone(), configured.clone(), vec![]);
        assert_eq!(settings.channel("C1"), rule("shop"));
        settings.set_channel("C1", Some(rule("blog"))).await.unwrap();
        settings.set_channel("C2", Some(rule("shop"))).await.unwrap();
        settings.set_channel("C2", Some(rule("blog"))).await.unwrap();
        let agent = Choice { agent: Some("plan".into()), model: None };
        settings.choose("ses_1", agent.clone()).await.unwrap();
        assert_eq!(log.0.lock().unwrap().len(), 3, "what is replaced leaves the log");
        let (after, rest, outdated) = Settings::read(log.clone(), configured, left(&log));
        assert_eq!((after.channel("C1"), after.channel("C2")), (rule("blog"), rule("blog")));
        assert_eq!((after.choice("ses_1"), rest.len(), outdated.len()), (agent, 0, 0));
        after.set_channel("C1", None).await.unwrap();
        assert_eq!(after.channel("C1"), rule("shop"), "the configuration's own word is back");
    }
}
