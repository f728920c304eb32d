//! `gateway link`: an address that signs a browser in, once.

use super::{ApiClient, Remote, output};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::process::ExitCode;

#[derive(Deserialize)]
struct Invitation {
    path: String,
}

#[derive(Serialize)]
struct Link {
    link: String,
}

/// As a person opens it: browsers allow no passkeys at an address that is a number.
fn page_of(url: &str) -> String {
    let url = url.trim_end_matches('/');
    match url.strip_prefix("http://127.0.0.1") {
        Some(rest) if rest.is_empty() || rest.starts_with(':') => format!("http://localhost{rest}"),
        _ => url.to_owned(),
    }
}

pub(super) async fn run(remote: &Remote, name: String) -> anyhow::Result<ExitCode> {
    let api = ApiClient::new(remote)?.acting_for(name);
    let Invitation { path } = api.post("/api/v1/links", &json!({})).await?;
    let link = format!("{}{path}", page_of(&remote.url));
    if remote.json {
        output::json(&Link { link })?;
    } else {
        output::line(&link)?;
    }
    Ok(ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests {
    use super::page_of;

    #[test]
    fn a_link_to_this_machine_has_a_name_in_it() {
        // REQ-WHO-03
        assert_eq!(page_of("http://127.0.0.1:8000/"), "http://localhost:8000");
        for other in ["https://gateway.example.com", "http://127.0.0.1.evil.test", "http://10.0.0.7:8000"] {
            assert_eq!(page_of(other), other);
        }
    }
}
