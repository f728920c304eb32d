//! A real Prometheus with the project's own alert rules, which scrapes what a test runs.

use crate::opencode::free_port;
use crate::wait;
use anyhow::{Context, anyhow, bail};
use reqwest::Client;
use serde_json::Value;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use tempfile::TempDir;

/// The component that a cluster gets.
pub fn component() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../infrastructure/kustomize/components/lgtm")
}

pub struct Prometheus {
    folder: TempDir,
    port: u16,
    child: Child,
    http: Client,
}

impl Prometheus {
    /// Starts with the rules of the component. Only where to scrape, and how often, is the test's.
    pub async fn watch(targets: &[u16]) -> anyhow::Result<Self> {
        let (folder, port) = (TempDir::with_prefix("prometheus-")?, free_port()?);
        fs::copy(component().join("config/alerts.yml"), folder.path().join("alerts.yml"))?;
        let addresses: Vec<_> = targets.iter().map(|port| format!("'127.0.0.1:{port}'")).collect();
        let config = format!(
            "global: {{ scrape_interval: 500ms, evaluation_interval: 1s }}\nrule_files: [alerts.yml]\n\
             scrape_configs: [{{ job_name: gateway, static_configs: [{{ targets: [{}] }}] }}]\n",
            addresses.join(", ")
        );
        fs::write(folder.path().join("prometheus.yml"), config)?;
        let log = File::create(folder.path().join("log"))?;
        let child = Command::new(std::env::var("PROMETHEUS").unwrap_or_else(|_| "prometheus".to_owned()))
            .arg(format!("--config.file={}", folder.path().join("prometheus.yml").display()))
            .arg(format!("--storage.tsdb.path={}", folder.path().join("data").display()))
            .arg(format!("--web.listen-address=127.0.0.1:{port}"))
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()
            .context("prometheus is missing; `make debian-tools` installs it")?;
        let prometheus = Self { folder, port, child, http: Client::new() };
        prometheus.until_ready().await?;
        Ok(prometheus)
    }

    async fn until_ready(&self) -> anyhow::Result<()> {
        let up = wait::until("Prometheus", async || self.get("/api/v1/status/buildinfo", &[]).await);
        let log = || fs::read_to_string(self.folder.path().join("log")).unwrap_or_default();
        up.await.map(drop).map_err(|error| anyhow!("{error}\n{}", log()))
    }

    /// What an expression gives now. What Prometheus refuses is an error.
    pub async fn query(&self, expression: &str) -> anyhow::Result<Vec<Value>> {
        let answer = self.get("/api/v1/query", &[("query", expression)]).await?;
        Ok(answer["data"]["result"].as_array().cloned().unwrap_or_default())
    }

    /// All alert rules, with their health.
    pub async fn rules(&self) -> anyhow::Result<Vec<Value>> {
        let answer = self.get("/api/v1/rules", &[]).await?;
        let groups = answer["data"]["groups"].as_array().cloned().unwrap_or_default();
        Ok(groups.iter().filter_map(|group| group["rules"].as_array()).flatten().cloned().collect())
    }

    /// Where is scraped, and how that went.
    pub async fn targets(&self) -> anyhow::Result<Vec<Value>> {
        let answer = self.get("/api/v1/targets", &[]).await?;
        Ok(answer["data"]["activeTargets"].as_array().cloned().unwrap_or_default())
    }

    async fn get(&self, path: &str, query: &[(&str, &str)]) -> anyhow::Result<Value> {
        let url = format!("http://127.0.0.1:{}{path}", self.port);
        let answer = self.http.get(url).query(query).send().await?;
        let body: Value = serde_json::from_str(&answer.text().await?)?;
        if body["status"] != "success" {
            bail!("{path} {query:?}: {body}");
        }
        Ok(body)
    }
}

impl Drop for Prometheus {
    fn drop(&mut self) {
        // One that is gone already needs no killing.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
