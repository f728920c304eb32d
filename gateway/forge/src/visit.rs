//! Requests about one repository, with a token that has just the rights for them.

use crate::client::{Call, Signed};
use crate::fault::ForgeFault;
use crate::forge::{Forge, SignIn};
use crate::pace::{Kind, Lane, later};
use crate::repo_name::RepoName;
use crate::rights::Rights;
use crate::trail::Trail;
use crate::wire::Answer;
use crate::{client, refusals};
use gateway_delivery::Refusal;
use hyper::Method;
use jiff::{SignedDuration, Timestamp};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// Pages of a list that are read at most, of a hundred each.
const MOST_PAGES: usize = 10;

#[derive(Clone, Copy)]
pub(crate) struct Visit<'a> {
    pub(crate) forge: &'a Forge,
    pub(crate) repo: &'a RepoName,
    pub(crate) rights: Rights,
    pub(crate) now: Timestamp,
    pub(crate) trail: &'a Trail,
}

impl Visit<'_> {
    /// `path` is below the repository.
    pub(crate) fn url(&self, path: &str) -> String {
        self.forge.client.address.rest(&self.repo.path(path))
    }

    pub(crate) async fn signed(&self) -> Result<Signed, ForgeFault> {
        self.forge.signed(self.repo, self.rights, self.now).await
    }

    /// Any answer. A token that was withdrawn is replaced once: what it was refused was not done.
    pub(crate) async fn ask(&self, call: &Call) -> Result<Answer, ForgeFault> {
        let signed = self.signed().await?;
        let answer = self.forge.client.send(&signed, call, self.now, self.trail).await?;
        if answer.status != 401 || matches!(self.forge.sign_in, SignIn::Personal(_)) {
            return Ok(answer);
        }
        self.forge.tokens.forget(self.repo, self.rights, &signed);
        let signed = self.signed().await?;
        self.forge.client.send(&signed, call, self.now, self.trail).await
    }

    /// An answer that is a success.
    pub(crate) async fn good(&self, call: &Call, what: &str) -> Result<Answer, ForgeFault> {
        let answer = self.ask(call).await?;
        if answer.is_good() { Ok(answer) } else { Err(self.refused(&answer, what).await) }
    }

    pub(crate) async fn refused(&self, answer: &Answer, what: &str) -> ForgeFault {
        match answer.status {
            404 | 410 | 451 => self.not_there(what).await,
            _ => ForgeFault::Refused(refusals::refusal(answer, self.rights)),
        }
    }

    /// Either the thing is gone, or the repository can't be seen any longer.
    async fn not_there(&self, what: &str) -> ForgeFault {
        let repository = match self.ask(&Call::get(self.url(""))).await {
            Ok(answer) => answer,
            Err(fault) => return fault,
        };
        match (repository.status, &self.forge.sign_in) {
            (404, SignIn::App(key)) => {
                let settings = self.forge.install_page(key, self.now).await;
                ForgeFault::Refused(Refusal::NotInstalled { settings })
            }
            (404, SignIn::Personal(_)) => ForgeFault::gone(format!("The repository {}", self.repo)),
            _ => ForgeFault::gone(what),
        }
    }

    pub(crate) async fn get<T: DeserializeOwned>(&self, path: &str, what: &str) -> Result<T, ForgeFault> {
        self.good(&Call::get(self.url(path)), what).await?.json()
    }

    /// `None`: it isn't there.
    pub(crate) async fn find<T: DeserializeOwned>(&self, path: &str) -> Result<Option<T>, ForgeFault> {
        self.find_by(&Call::get(self.url(path))).await?.map(|answer| answer.json()).transpose()
    }

    pub(crate) async fn find_by(&self, call: &Call) -> Result<Option<Answer>, ForgeFault> {
        let answer = self.ask(call).await?;
        match answer.status {
            200..300 => Ok(Some(answer)),
            404 | 410 => Ok(None),
            _ => Err(ForgeFault::Refused(refusals::refusal(&answer, self.rights))),
        }
    }

    /// All pages of a list. `within`: the name of the list, where it stands in an object.
    pub(crate) async fn list<T: DeserializeOwned>(
        &self,
        path: &str,
        within: &str,
    ) -> Result<Vec<T>, ForgeFault> {
        let (mut all, mut url) = (Vec::new(), Some(self.url(path)));
        for _ in 0..MOST_PAGES {
            let Some(page) = url else { break };
            let answer = self.good(&Call::get(page), "What was asked for").await?;
            let mut body: Value = answer.json()?;
            let items = if within.is_empty() { body } else { body[within].take() };
            let odd = |_| ForgeFault::no_answer("its list isn't what was asked for");
            all.extend(serde_json::from_value::<Vec<T>>(items).map_err(odd)?);
            url = answer.next_page().and_then(|next| self.forge.client.address.same_host(&next));
        }
        Ok(all)
    }

    /// Any answer to a write.
    pub(crate) async fn write(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> Result<Answer, ForgeFault> {
        self.ask(&Call::with(method, self.url(path), body, Kind::Write)).await
    }

    /// A write that has to succeed.
    pub(crate) async fn change(
        &self,
        method: Method,
        path: &str,
        body: Value,
        what: &str,
    ) -> Result<Answer, ForgeFault> {
        self.good(&Call::with(method, self.url(path), Some(body), Kind::Write), what).await
    }

    /// What is under `data`. With status 200 there can still be errors.
    pub(crate) async fn graphql(&self, query: &str, variables: Value) -> Result<Value, ForgeFault> {
        let kind = if query.trim_start().starts_with("mutation") { Kind::Write } else { Kind::Read };
        let body = json!({ "query": query, "variables": variables });
        let url = self.forge.client.address.graphql().to_owned();
        let call = Call { graphql: true, ..Call::with(Method::POST, url, Some(body), kind) };
        let answer = self.good(&call, "The repository").await?;
        let mut body: Value = answer.json()?;
        let error = body["errors"].as_array().and_then(|errors| errors.first()).cloned();
        match error {
            Some(error) => Err(self.graphql_error(&error, &answer).await),
            None => Ok(body["data"].take()),
        }
    }

    async fn graphql_error(&self, error: &Value, answer: &Answer) -> ForgeFault {
        let (kind, words) =
            (error["type"].as_str().unwrap_or_default(), error["message"].as_str().unwrap_or_default());
        match kind {
            "RATE_LIMITED" => {
                let resets =
                    answer.number("x-ratelimit-reset").and_then(|at| Timestamp::from_second(at).ok());
                let minute = later(self.now, SignedDuration::from_mins(1));
                let until = resets.filter(|at| *at > self.now).unwrap_or(minute);
                if let Ok(signed) = self.signed().await {
                    self.forge.client.pace.block(&Lane { holder: signed.holder, graphql: true }, until);
                }
                client::rate_limited(until)
            }
            "NOT_FOUND" => self.not_there("The pull request").await,
            // It broke while it worked: some of it may be done.
            _ if words.starts_with("Something went wrong") => {
                ForgeFault::no_answer("it broke while it worked")
            }
            _ => ForgeFault::Refused(self.graphql_refusal(kind, words, answer)),
        }
    }

    fn graphql_refusal(&self, kind: &str, words: &str, answer: &Answer) -> Refusal {
        if kind == "FORBIDDEN" || words.contains("Resource not accessible by") {
            let body = json!({ "message": "Resource not accessible by" }).to_string();
            return refusals::refusal(&Answer { body: body.into(), ..answer.clone() }, self.rights);
        }
        refusals::of_words(words)
    }
}
