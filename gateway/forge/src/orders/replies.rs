//! Answers a comment, on its line or in the conversation. A marker in the answer finds it again, if it is ours.

use super::Carry;
use crate::client::{Call, Signed};
use crate::fault::ForgeFault;
use crate::forge::{Forge, SignIn};
use crate::pace::Holder;
use crate::shown::CommentShown;
use crate::trail::Trail;
use crate::visit::Visit;
use gateway_delivery::{Attempt, Outcome};
use hyper::Method;
use jiff::Timestamp;
use serde_json::{Value, json};

pub(super) struct NewReply<'a> {
    pub(super) number: u64,
    pub(super) comment: Option<u64>,
    pub(super) marker: &'a str,
    pub(super) text: &'a str,
}

impl NewReply<'_> {
    fn body(&self) -> Value {
        let text = match self.text.contains(self.marker) {
            true => self.text.to_owned(),
            false => format!("{}\n{}", self.text, self.marker),
        };
        json!({ "body": text })
    }
}

pub(super) async fn reply(visit: &Visit<'_>, new: &NewReply<'_>, attempt: Attempt) -> Carry {
    let number = new.number;
    let lines: Vec<CommentShown> = match new.comment {
        Some(_) => visit.list(&format!("/pulls/{number}/comments?per_page=100"), "").await?,
        None => Vec::new(),
    };
    let on_line = new.comment.and_then(|id| lines.iter().find(|comment| comment.id == id));
    if is_there(visit, new, lines.iter()).await? {
        return Ok(Outcome::Done);
    }
    let path = match on_line {
        // An answer answers what began the thread.
        Some(comment) => {
            format!("/pulls/{number}/comments/{}/replies", comment.in_reply_to_id.unwrap_or(comment.id))
        }
        None => format!("/issues/{number}/comments"),
    };
    if on_line.is_none() && attempt != Attempt::First {
        let all: Vec<CommentShown> = visit.list(&format!("{path}?per_page=100"), "").await?;
        if is_there(visit, new, all.iter()).await? {
            return Ok(Outcome::Done);
        }
    }
    if attempt == Attempt::OnlyLook {
        return Ok(Outcome::NotDone);
    }
    visit.change(Method::POST, &path, new.body(), "The comment").await?;
    Ok(Outcome::Done)
}

/// People may quote the marker: only ours counts.
async fn is_there<'a>(
    visit: &Visit<'_>,
    new: &NewReply<'_>,
    comments: impl Iterator<Item = &'a CommentShown>,
) -> Result<bool, ForgeFault> {
    let has_marker =
        |comment: &&CommentShown| comment.body.as_deref().is_some_and(|body| body.contains(new.marker));
    let marked: Vec<&CommentShown> = comments.filter(has_marker).collect();
    if marked.is_empty() {
        return Ok(false);
    }
    let own = visit.forge.own_login(visit.now).await?;
    let is_ours = |comment: &&CommentShown| {
        comment.user.as_ref().is_some_and(|user| user.login.eq_ignore_ascii_case(&own))
    };
    Ok(marked.iter().any(is_ours))
}

impl Forge {
    /// The name that stands beside what we write.
    pub(crate) async fn own_login(&self, now: Timestamp) -> Result<String, ForgeFault> {
        if let Some(login) = self.login.get("", now) {
            return Ok(login);
        }
        let odd = || ForgeFault::no_answer("it doesn't say under which name we act");
        let login = match &self.sign_in {
            SignIn::App(key) => {
                let app: Value =
                    self.as_app(key, &Call::get(self.client.address.rest("/app")), now).await?.json()?;
                format!("{}[bot]", app["slug"].as_str().ok_or_else(odd)?)
            }
            SignIn::Personal(token) => {
                let signed = Signed { holder: Holder::Person, token: token.clone() };
                let call = Call::get(self.client.address.rest("/user"));
                let user: Value = self.client.send(&signed, &call, now, &Trail::default()).await?.json()?;
                user["login"].as_str().ok_or_else(odd)?.to_owned()
            }
        };
        self.login.put("", &login, now);
        Ok(login)
    }
}
