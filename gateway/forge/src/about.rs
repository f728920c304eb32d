//! What is known of a repository, and under whose name its commits are made.

use crate::client::Call;
use crate::fault::ForgeFault;
use crate::forge::Forge;
use crate::repo_name::RepoName;
use crate::rights::Rights;
use crate::tokens::PushToken;
use crate::trail::Trail;
use jiff::Timestamp;
use serde::Deserialize;

const METADATA: Rights = &[("metadata", "read")];

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct RepositoryShown {
    pub default_branch: String,
    pub private: bool,
}

/// Who commits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Author {
    pub name: String,
    /// One that keeps a mailbox private, by GitHub's form.
    pub mail: String,
}

#[derive(Deserialize)]
struct UserShown {
    login: String,
    id: u64,
}

impl Forge {
    pub async fn about(&self, repo: &RepoName, now: Timestamp) -> Result<RepositoryShown, ForgeFault> {
        let trail = Trail::default();
        self.visit(repo, METADATA, now, &trail).get("", "The repository").await
    }

    /// A new token that can only read. Nobody else gets it; give it back once the fetch is over.
    pub async fn fetch_token(&self, repo: &RepoName, now: Timestamp) -> Result<PushToken, ForgeFault> {
        self.own_token(repo, &[("contents", "read")], now).await
    }

    /// The login of an account that is known by its number. `None`: there is none.
    pub async fn login_of(
        &self,
        repo: &RepoName,
        account: u64,
        now: Timestamp,
    ) -> Result<Option<String>, ForgeFault> {
        let trail = Trail::default();
        let visit = self.visit(repo, METADATA, now, &trail);
        let found = visit.find_by(&Call::get(self.client.address.rest(&format!("/user/{account}")))).await?;
        let user: Option<UserShown> = found.map(|answer| answer.json()).transpose()?;
        Ok(user.map(|user| user.login))
    }

    pub async fn author(&self, repo: &RepoName, now: Timestamp) -> Result<Author, ForgeFault> {
        let trail = Trail::default();
        let visit = self.visit(repo, METADATA, now, &trail);
        let name = self.own_login(now).await?;
        let path = format!("/users/{}", name.replace('[', "%5B").replace(']', "%5D"));
        let found = visit.find_by(&Call::get(self.client.address.rest(&path))).await?;
        let user: Option<UserShown> = found.map(|answer| answer.json()).transpose()?;
        let host = self.client.address.noreply_host();
        Ok(match user {
            Some(UserShown { login, id }) => Author { mail: format!("{id}+{login}@{host}"), name: login },
            // The forge doesn't say more of it than its name.
            None => Author { mail: format!("{name}@{host}"), name },
        })
    }
}
