//! A shop with the app in it, and a branch `fix` that a pull request can come from.

use crate::client::{ask, token};
use forge_sim::{ForgeRepo, ForgeSim, Level};
use serde_json::{Value, json};

pub(crate) struct Stage {
    pub(crate) forge: ForgeSim,
    pub(crate) shop: ForgeRepo,
    pub(crate) installation: u64,
    pub(crate) token: String,
}

pub(crate) async fn stage() -> Stage {
    let forge = ForgeSim::start().await.unwrap();
    let shop = forge.repository("acme", "shop", &[("src/cart.js", "let total = 1\n")]).unwrap();
    let installation = forge.install("acme");
    shop.collaborator("ann", Level::Write);
    shop.collaborator("rita", Level::Read);
    shop.push("hubble[bot]", "fix", &[("src/cart.js", Some("let total = 2\n"))], "Count right\n").unwrap();
    let token = token(&forge, installation, json!({})).await;
    Stage { forge, shop, installation, token }
}

impl Stage {
    pub(crate) async fn ask(&self, method: &str, path: &str, body: Value) -> crate::client::Reply {
        ask(&self.forge, &self.token, method, &format!("/repos/acme/shop{path}"), body).await
    }

    pub(crate) async fn get(&self, path: &str) -> Value {
        self.ask("GET", path, Value::Null).await.expect(200)
    }

    /// Opens a pull request from `fix`; what GraphQL calls it.
    pub(crate) async fn opened(&self, draft: bool) -> String {
        let body =
            json!({ "head": "fix", "base": "main", "title": "Count right", "body": "why", "draft": draft });
        let opened = self.ask("POST", "/pulls", body).await.expect(201);
        opened["node_id"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn graphql(&self, query: &str, variables: Value) -> Value {
        let body = json!({ "query": query, "variables": variables });
        ask(&self.forge, &self.token, "POST", "/graphql", body).await.expect(200)
    }

    pub(crate) async fn merge(&self, sha: Option<&str>) -> (u16, String) {
        let body = sha.map_or(json!({}), |sha| json!({ "sha": sha }));
        let reply = self.ask("PUT", "/pulls/1/merge", body).await;
        (reply.status, reply.message().to_owned())
    }
}
