//! Asks GitHub from time to time whether a person is still there. Who took the gateway's access back there, or whose account
//! was suspended, is signed out here too.

use super::Github;
use super::github_calls::{GithubFault, GithubUser};
use crate::access::Access;
use crate::access::sign_in_entry::{GithubAccount, SignIn, Way};
use crate::access::sign_in_words;
use futures_util::{StreamExt, stream};
use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;

/// Calls at once.
const AT_ONCE: usize = 4;

/// How long until a GitHub that could not be reached is asked again.
const LATER: SignedDuration = SignedDuration::from_secs(60);

/// Asks about all that are due: whether there were any.
pub(in crate::access) async fn recheck(access: &Access, github: &Github) -> bool {
    let due = access.sign_ins.due_at_github(access.clock.now());
    let are_due = !due.is_empty();
    let each = |(id, account): (String, GithubAccount)| async move {
        ask(access, github, &id, &account).await;
    };
    stream::iter(due).for_each_concurrent(AT_ONCE, each).await;
    are_due
}

async fn ask(access: &Access, github: &Github, id: &str, account: &GithubAccount) {
    let answer = github.still_there(account).await;
    let now = access.clock.now();
    match answer {
        Ok(user) => access.sign_ins.change(id, |sign_in| {
            sign_in.person = github.settings.person(&user);
            put_off(sign_in, github.settings.recheck, now);
        }),
        Err(GithubFault::Refused(why)) => {
            tracing::info!(why, "a sign-in ended: GitHub no longer holds it valid");
            let ended = access.sign_ins.end(id, |_| true);
            let why = format!("{} no longer holds it valid", github.settings.name);
            access.book.after(sign_in_words::ended(&ended, &why, now)).await;
        }
        Err(fault) => {
            tracing::warn!(%fault, "a sign-in can't be checked with GitHub now");
            access.sign_ins.change(id, |sign_in| put_off(sign_in, LATER, now));
        }
    }
}

impl Github {
    async fn still_there(&self, account: &GithubAccount) -> Result<GithubUser, GithubFault> {
        let user = self.calls.user(&SecretString::from(account.token.as_str())).await?;
        match user.id == account.id {
            true => Ok(user),
            false => Err(GithubFault::Refused("the token is another account's now".to_owned())),
        }
    }
}

fn put_off(sign_in: &mut SignIn, time: SignedDuration, now: Timestamp) {
    if let Way::Github(account) = &mut sign_in.way {
        account.due = now.saturating_add(time).unwrap_or(now);
    }
}
