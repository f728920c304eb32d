//! The pull request as it is now. The forge shows whole repositories within it, so that each push to any branch changes its
//! tag. Where that is seen, its issue and its branch are asked first: they change only with it.

use crate::client::Call;
use crate::fault::ForgeFault;
use crate::repo_name::in_path;
use crate::shown::{PullShown, RefShown};
use crate::visit::Visit;
use gateway_delivery::digest_of;
use jiff::{SignedDuration, Timestamp};
use std::sync::Arc;

/// Whether it can be merged changes with the base, which neither of them shows: so long that may go unseen.
const LASTS: SignedDuration = SignedDuration::from_mins(15);

#[derive(Clone)]
pub(super) struct KnownPull {
    pull: Arc<PullShown>,
    read_at: Timestamp,
    tag: Option<String>,
    /// Its tag changed, and nothing else that we read.
    churns: bool,
    signs: Option<Signs>,
}

#[derive(Clone, PartialEq, Eq)]
struct Signs {
    issue: String,
    tip: Option<String>,
}

impl Visit<'_> {
    pub(super) async fn pull_now(&self, number: u64) -> Result<Arc<PullShown>, ForgeFault> {
        let (key, memo) = (format!("{} {number}", self.repo.key()), &self.forge.memory.pulls);
        let known = memo.get(&key, self.now);
        let signs = match &known {
            Some(known) if known.churns => self.signs(&known.pull).await?,
            _ => None,
        };
        if let Some(known) = known.as_ref().filter(|known| known.is_as(signs.as_ref(), self.now)) {
            return Ok(Arc::clone(&known.pull));
        }
        let what = format!("The pull request #{number}");
        let answer = self.good(&Call::get(self.url(&format!("/pulls/{number}"))), &what).await?;
        let tag = answer.header("etag").map(str::to_owned);
        let pull: Arc<PullShown> = Arc::new(answer.json()?);
        let churns = known.is_some_and(|known| known.churns || known.tag != tag && known.pull == pull);
        memo.put(
            &key,
            &KnownPull { pull: Arc::clone(&pull), read_at: self.now, tag, churns, signs },
            self.now,
        );
        Ok(pull)
    }

    /// Asked before the pull request is: what changes in between is seen the next time. `None`: it is over.
    async fn signs(&self, pull: &PullShown) -> Result<Option<Signs>, ForgeFault> {
        if !pull.is_open() {
            return Ok(None);
        }
        let issue =
            self.good(&Call::get(self.url(&format!("/issues/{}", pull.number))), "The pull request").await?;
        let tip: Option<RefShown> =
            self.find(&format!("/git/ref/heads/{}", in_path(&pull.head.branch))).await?;
        Ok(Some(Signs { issue: digest_of(&issue.body), tip: tip.map(|tip| tip.object.sha) }))
    }
}

impl KnownPull {
    fn is_as(&self, signs: Option<&Signs>, now: Timestamp) -> bool {
        let tip = signs.and_then(|signs| signs.tip.as_ref());
        signs.is_some()
            && self.signs.as_ref() == signs
            && tip == Some(&self.pull.head.sha)
            && self.pull.mergeable.is_some()
            && now.duration_since(self.read_at) < LASTS
    }
}
