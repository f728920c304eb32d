//! The link that signs a person in: one browser, once.

use super::Playground;
use anyhow::Context;
use reqwest::Client;
use serde_json::Value;
use std::process::Command;

impl Playground {
    /// A new link for the person at this machine.
    pub async fn link(&self) -> anyhow::Result<String> {
        let token = self.gateway.token().context("the gateway has no token")?;
        let request = Client::new().post(format!("{}/api/v1/links", self.gateway.url()));
        let request = request.bearer_auth(token).header("x-gateway-person", person());
        let invitation: Value = request.send().await?.error_for_status()?.json().await?;
        let path = invitation["path"].as_str().context("a link without a path")?;
        Ok(format!("{}{path}", self.gateway.page_url()))
    }
}

/// What others see of the person: as git knows them, or as the machine does.
fn person() -> String {
    let git = Command::new("git").args(["config", "user.name"]).output();
    let git = git.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
    let known = [git, std::env::var("USER").unwrap_or_default()];
    known.iter().find_map(|name| plain(name)).unwrap_or_else(|| "operator".to_owned())
}

/// The gateway's names have letters that are safe in headers.
fn plain(name: &str) -> Option<String> {
    let fits = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '@' | ' ');
    let name: String = name.trim().chars().filter(fits).take(64).collect();
    Some(name.trim().to_owned()).filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn a_name_is_one_that_the_gateway_takes() {
        assert_eq!(plain(" Anna K. \n").as_deref(), Some("Anna K."));
        assert_eq!(plain("Søren <s@x>").as_deref(), Some("Sren s@x"));
        assert_eq!(plain("\n"), None);
    }
}
