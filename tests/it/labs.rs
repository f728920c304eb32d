//! Labs with the `process` engine: a real Node server is deployed from a session's workspace, in the guarded shell where the
//! kernel can (REQ-LAB-01 … 11).

use crate::people::with;
use axum::http::StatusCode;
use e2e::fake_opencode::obedient::ObedientOpenCode;
use e2e::gateway::Gateway;
use e2e::opencode::{guard_report, repository};
use e2e::wait;
use reqwest::Method;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tempfile::TempDir;

/// Listens a moment after it starts, as servers do.
const SERVER: &str = "\
const http = require('node:http');
console.log('listening soon');
setTimeout(() => http.createServer((asked, answer) => answer.end('hello from the lab')).listen(process.env.PORT, '127.0.0.1'), 50);
";

const PACKAGE: &str = r#"{ "name": "shop", "scripts": { "start": "node server.js" } }"#;

struct LabStage {
    gateway: Gateway,
    session: String,
    /// Where the agent writes.
    tree: PathBuf,
    _pod: ObedientOpenCode,
    _folders: (TempDir, TempDir),
}

impl LabStage {
    /// A session with a workspace of its own, and these files in it.
    async fn with(files: &[(&str, &str)]) -> Self {
        Self::under("", files).await
    }

    /// The same, with more in the section `lab`.
    async fn under(more: &str, files: &[(&str, &str)]) -> Self {
        let home = tempfile::tempdir().unwrap();
        let web = repository(&home.path().join("web")).unwrap();
        let rules = format!(
            "repositories: {{ web: {{ directory: '{}' }} }}\nworkspaces: {{ folder: '{}' }}\nlab: {{ unguarded: allow{more} }}\n",
            web.display(),
            home.path().join(".builders").display(),
        );
        let (gateway, folder) = with(&[], &rules).await;
        let pod = ObedientOpenCode::connect(&gateway).await;
        let wanted = json!({ "title": "Login", "key": "startkey01",
            "workspace": { "name": "shop-login", "repositories": ["web"] } });
        let made = gateway.post("/api/v1/sessions", &wanted).await.unwrap();
        let tree = PathBuf::from(made["directory"].as_str().unwrap());
        let session = made["id"].as_str().unwrap().to_owned();
        let stage = Self { gateway, session, tree, _pod: pod, _folders: (home, folder) };
        files.iter().for_each(|(path, text)| stage.write(path, text.as_bytes()));
        stage
    }

    fn write(&self, path: &str, bytes: &[u8]) {
        let path = self.tree.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }

    async fn does(&self, what: &str) -> (StatusCode, Value) {
        let path = format!("/api/v1/sessions/{}/lab/{what}", self.session);
        self.gateway.call(Method::POST, &path, Some(&json!({}))).await.unwrap()
    }

    async fn deploys(&self) {
        // A second click within two seconds is the first one's.
        let path = format!("/api/v1/sessions/{}/lab/deploy", self.session);
        let deploy = async || self.gateway.post(&path, &json!({})).await.is_ok();
        let before = self.lab().await["attempt"].clone();
        wait::until("a deploy", deploy).await.unwrap();
        // The word that it was taken comes a moment before the card.
        let another = async || self.lab().await["attempt"] != before;
        wait::until("its attempt", another).await.unwrap();
    }

    async fn lab(&self) -> Value {
        self.gateway.get(&format!("/api/v1/sessions/{}/lab", self.session)).await.unwrap()["lab"].clone()
    }

    async fn thread(&self) -> String {
        self.gateway.get(&format!("/api/v1/sessions/{}/thread", self.session)).await.unwrap().to_string()
    }

    async fn until(&self, standing: &str) -> Value {
        let look = async || {
            let lab = self.lab().await;
            if lab["standing"] == standing { Ok(lab) } else { Err(lab) }
        };
        wait::within(Duration::from_secs(30)).until(format!("a lab that is {standing}"), look).await.unwrap()
    }

    async fn allows(&self) {
        self.until("asked").await;
        let asks = self.gateway.get("/api/v1/asks").await.unwrap();
        let ask = asks.as_array().unwrap().iter().find(|ask| ask["kind"] == "deploy").unwrap().clone();
        let answer = json!({ "answer": "once", "digest": ask["digest"] });
        let path = format!("/api/v1/asks/{}/answer", ask["id"].as_str().unwrap());
        self.gateway.post(&path, &answer).await.unwrap();
    }

    async fn ready(&self) -> String {
        self.until("ready").await["url"].as_str().unwrap().to_owned()
    }

    fn copies(&self) -> Vec<PathBuf> {
        let labs = self.gateway.state().join("labs");
        std::fs::read_dir(labs).into_iter().flatten().flatten().map(|entry| entry.path()).collect()
    }

    async fn gone(&self) {
        wait::until("the lab to be gone", async || self.lab().await.is_null() && self.copies().is_empty())
            .await
            .unwrap();
    }
}

async fn body(url: &str) -> Result<String, String> {
    let asked = reqwest::Client::builder().no_proxy().build().unwrap().get(url).send().await;
    asked.map_err(|error| error.to_string())?.text().await.map_err(|error| error.to_string())
}

/// Processes whose arguments hold this.
fn processes(part: &str) -> usize {
    let all = std::fs::read_dir("/proc").unwrap().flatten();
    let lines = all.filter_map(|entry| std::fs::read(entry.path().join("cmdline")).ok());
    lines.filter(|line| String::from_utf8_lossy(line).contains(part)).count()
}

#[tokio::test]
async fn a_server_is_deployed_answers_breaks_is_retried_and_removed() {
    // REQ-LAB-04, REQ-LAB-05, REQ-LAB-06, REQ-LAB-07, REQ-LAB-08
    let stage = LabStage::with(&[("package.json", PACKAGE), ("server.js", SERVER)]).await;
    stage.deploys().await;
    let (again, _) = stage.does("deploy").await;
    assert_eq!(again, StatusCode::CONFLICT, "a double click is one");
    stage.allows().await;
    let url = stage.ready().await;
    assert_eq!(body(&url).await.as_deref(), Ok("hello from the lab"));
    let thread = stage.thread().await;
    assert!(thread.contains("Deployment ready in"), "{thread}");
    let listed = stage.gateway.get("/api/v1/labs").await.unwrap();
    assert_eq!((&listed[0]["word"], &listed[0]["url"]), (&json!("Ready"), &json!(url)), "{listed}");
    assert!(listed[0]["bytes"].as_u64().unwrap() > 0);
    let (_, metrics) = stage.gateway.call(Method::GET, "/metrics", None).await.unwrap();
    let metrics = metrics.as_str().unwrap();
    assert!(metrics.contains("deployment_duration_seconds_count{namespace=\"process\"} 1"), "{metrics}");

    stage.write("server.js", b"console.error('boom'); process.exit(3);");
    stage.deploys().await;
    let failed = stage.until("failed").await;
    let reason = failed["reason"].as_str().unwrap();
    assert!(reason.contains("exit code 3"), "{failed}");
    let thread = stage.thread().await;
    assert!(thread.contains("Deployment failed") && thread.contains("boom"), "{thread}");
    // REQ-OPS-01
    let (_, metrics) = stage.gateway.call(Method::GET, "/metrics", None).await.unwrap();
    let counted = "deployment_failures_total{namespace=\"process\",reason=\"crash\"} 1";
    assert!(metrics.as_str().unwrap().contains(counted), "{metrics}");
    assert!(body(&url).await.is_err(), "the old one is gone");

    stage.write("server.js", SERVER.as_bytes());
    stage.deploys().await;
    let url = stage.ready().await;
    assert!(body(&url).await.is_ok());
    assert_eq!(stage.does("clean").await.0, StatusCode::OK);
    stage.gone().await;
    assert!(body(&url).await.is_err());
    assert!(stage.tree.join("server.js").is_file(), "nothing else is deleted");
    let (status, answer) = stage.does("clean").await;
    assert_eq!(status, StatusCode::CONFLICT, "{answer}");
}

#[tokio::test]
async fn a_recipe_that_changed_is_asked_about_again_and_a_bad_one_is_refused() {
    // REQ-LAB-07
    let recipe = "command: node server.js\nready: /\n";
    let stage = LabStage::with(&[(".opencode/lab.yaml", recipe), ("server.js", SERVER)]).await;
    stage.deploys().await;
    stage.allows().await;
    stage.ready().await;
    stage.deploys().await;
    stage.ready().await;
    stage.write(".opencode/lab.yaml", b"command: node server.js --other\n");
    stage.deploys().await;
    let asked = stage.until("asked").await;
    assert!(asked["plan"]["command"].as_str().unwrap().contains("--other"), "{asked}");
    assert_eq!(stage.does("clean").await.0, StatusCode::OK);
    stage.gone().await;
    for (text, part) in [
        ("command: x\ndirectory: /etc\n", "leads out of the repository"),
        ("command: x\nhostPath: /\n", "unknown key"),
        ("{}", "`command`: missing"),
    ] {
        stage.write(".opencode/lab.yaml", text.as_bytes());
        stage.deploys().await;
        let failed = stage.until("failed").await;
        assert!(failed["reason"].as_str().unwrap().contains(part), "{failed}");
    }
}

#[tokio::test]
async fn a_kill_of_the_gateway_at_any_step_goes_on_with_the_same_attempt() {
    // REQ-LAB-11
    let mut stage = LabStage::with(&[("package.json", PACKAGE), ("server.js", SERVER)]).await;
    stage.deploys().await;
    let attempt = async || match stage.lab().await["attempt"].as_str() {
        Some(attempt) => Ok(attempt.to_owned()),
        None => Err("no attempt yet"),
    };
    let attempt = wait::until("the attempt", attempt).await.unwrap();
    stage.gateway.kill();
    stage.gateway.spawn().await.unwrap();
    stage.until("asked").await;
    stage.gateway.kill();
    stage.gateway.spawn().await.unwrap();
    stage.allows().await;
    stage.gateway.kill();
    stage.gateway.spawn().await.unwrap();
    let url = stage.ready().await;
    let place = stage.copies()[0].display().to_string();
    assert!(processes(&place) > 0 || processes("lab-keeper") > 0);
    stage.gateway.kill();
    wait::until("the server to end with its gateway", async || body(&url).await.is_err()).await.unwrap();
    stage.gateway.spawn().await.unwrap();
    let url = stage.ready().await;
    assert_eq!(body(&url).await.as_deref(), Ok("hello from the lab"));
    assert_eq!(stage.lab().await["attempt"], attempt.as_str());
    assert!(stage.thread().await.contains("The lab is ready again"));
    stage.does("clean").await;
    stage.gateway.kill();
    stage.gateway.spawn().await.unwrap();
    stage.gone().await;
}

#[tokio::test]
async fn secrets_and_links_stay_behind_and_what_is_ignored_too() {
    // REQ-LAB-07
    let files = [("package.json", PACKAGE), ("server.js", SERVER), (".env", "KEY=1"), ("tls/site.pem", "x")];
    let stage = LabStage::with(&files).await;
    std::os::unix::fs::symlink("/etc/passwd", stage.tree.join("passwd")).unwrap();
    std::os::unix::fs::symlink("/etc", stage.tree.join("etc")).unwrap();
    stage.deploys().await;
    let lab = stage.until("asked").await;
    let left_out = lab["plan"]["left_out"].to_string();
    for name in [".env", "tls/site.pem", "passwd (a link)", "etc (a link)"] {
        assert!(left_out.contains(name), "{left_out}");
    }
    let copy = stage.copies()[0].join("files");
    assert!(copy.join("server.js").is_file() && copy.join("README.md").is_file());
    for name in [".env", "tls/site.pem", "passwd", "etc"] {
        assert!(copy.join(name).symlink_metadata().is_err(), "{name}");
    }
    assert!(stage.thread().await.contains("Left out: .env (looks like a secret)"));
}

#[tokio::test]
async fn what_is_too_large_or_too_much_is_refused_with_the_largest_named() {
    // REQ-LAB-02
    let stage = LabStage::with(&[("package.json", PACKAGE)]).await;
    stage.write("dist/video.mp4", &vec![7; 60 * 1024 * 1024]);
    stage.deploys().await;
    let failed = stage.until("failed").await["reason"].as_str().unwrap().to_owned();
    assert!(
        failed.contains("more than a lab takes (50)") && failed.contains("dist/video.mp4 (60 MiB)"),
        "{failed}"
    );
    std::fs::remove_file(stage.tree.join("dist/video.mp4")).unwrap();
    for n in 0..5_001 {
        stage.write(&format!("many/{n}"), b"");
    }
    stage.deploys().await;
    let failed = stage.until("failed").await["reason"].as_str().unwrap().to_owned();
    assert!(failed.contains("files are more than a lab takes (5000)"), "{failed}");
}

/// Deploys a command; what it does is the agent's.
async fn deployed(command: &str) -> LabStage {
    deployed_under("", command).await
}

async fn deployed_under(more: &str, command: &str) -> LabStage {
    let recipe = format!("command: |\n  {command}\n");
    let stage =
        LabStage::under(more, &[(".opencode/lab.yaml", recipe.as_str()), ("server.js", SERVER)]).await;
    stage.deploys().await;
    stage.allows().await;
    stage
}

#[tokio::test]
async fn whatever_a_server_leaves_behind_ends_with_it() {
    // REQ-LAB-06: daemons in groups and sessions of their own.
    let mark = format!("60{}", std::process::id());
    let command = format!(
        "setsid sleep {mark} & (setsid sh -c 'sleep {mark} & sleep {mark}' &) ; nohup sleep {mark} & exec node server.js"
    );
    let stage = deployed(&command).await;
    stage.ready().await;
    wait::until("what it left behind", async || processes(&mark) >= 4).await.unwrap();
    stage.does("clean").await;
    stage.gone().await;
    assert_eq!(processes(&format!("sleep\0{mark}")), 0);
}

#[tokio::test]
async fn a_flood_of_output_costs_nothing_and_its_last_lines_are_shown() {
    // REQ-LAB-05
    let flood = "head -c 100000000 /dev/zero | tr '\\0' x | fold -w 100; echo the end; exit 7";
    let stage = deployed(flood).await;
    let failed = stage.until("failed").await;
    assert!(failed["reason"].as_str().unwrap().contains("exit code 7"), "{failed}");
    let log = stage.gateway.get(&format!("/api/v1/sessions/{}/lab/log", stage.session)).await.unwrap();
    let log = log["log"].as_str().unwrap();
    assert!(log.ends_with("the end") && log.lines().count() <= 50 && log.len() < 30_000, "{log}");
}

#[tokio::test]
async fn a_server_that_hangs_is_waited_for_and_can_be_removed() {
    // REQ-LAB-04: the time-out itself is the domain's test.
    let stage = deployed("trap '' TERM INT HUP; while true; do sleep 1; done").await;
    stage.until("waiting").await;
    stage.does("clean").await;
    stage.gone().await;
}

#[tokio::test]
async fn an_app_with_too_many_processes_is_ended_and_leaves_nothing_behind() {
    // REQ-LAB-05, REQ-LAB-08: so many and no more, since a bomb that nothing stopped would take the machine with it.
    let mark = format!("61{}", std::process::id());
    let bomb = format!("for n in $(seq 250); do setsid sleep {mark} & done; wait");
    let stage = deployed_under(", process: { processes: 100 }", &bomb).await;
    let failed = stage.until("failed").await;
    let reason = failed["reason"].as_str().unwrap();
    assert!(reason.starts_with("The app had more than 100 processes at once, so it was ended."), "{failed}");
    assert_eq!(processes(&format!("sleep\0{mark}")), 0);
    // The gateway does its work.
    stage.write(".opencode/lab.yaml", b"command: node server.js\n");
    stage.deploys().await;
    stage.allows().await;
    let url = stage.ready().await;
    assert_eq!(body(&url).await.as_deref(), Ok("hello from the lab"));
}

#[tokio::test]
async fn an_app_that_takes_more_memory_than_it_may_is_ended_and_told() {
    // REQ-LAB-05, REQ-LAB-08: over several processes, each of which would be small enough.
    let hungry = "node -e 'const all = []; setInterval(() => all.push(Buffer.alloc(4 << 20, 1)), 20)'";
    let stage =
        deployed_under(", process: { memory_mib: 300 }", &format!("{hungry} & {hungry} & wait")).await;
    let failed = stage.until("failed").await;
    let reason = failed["reason"].as_str().unwrap();
    assert!(reason.starts_with("The app needs more than its 300 MiB of memory."), "{failed}");
}

#[tokio::test]
async fn a_server_that_listens_nowhere_fails_after_its_time_with_its_log() {
    // REQ-LAB-04, REQ-LAB-05
    let idle = "node -e 'console.log(`starting`); setInterval(() => {}, 1000)'";
    let stage = deployed_under(", answers_within_seconds: 2", idle).await;
    let failed = stage.until("failed").await;
    assert_eq!(failed["reason"], "It runs, but / didn't answer within 2 seconds.");
    wait::until("its last lines", async || stage.thread().await.contains("starting")).await.unwrap();
    let place = stage.copies()[0].display().to_string();
    wait::until("its end", async || processes(&place) == 0).await.unwrap();
    let (_, metrics) = stage.gateway.call(Method::GET, "/metrics", None).await.unwrap();
    let counted = "deployment_failures_total{namespace=\"process\",reason=\"not_ready\"} 1";
    assert!(metrics.as_str().unwrap().contains(counted), "{metrics}");
}

#[tokio::test]
async fn a_lab_reaches_neither_the_state_nor_another_copy_where_it_is_guarded() {
    // REQ-LAB-07, REQ-LAB-08
    let stage = LabStage::with(&[("server.js", SERVER)]).await;
    let state = stage.gateway.state();
    let secret = state.join("private/api-token");
    let recipe = format!(
        "command: |\n  cat {} 2>&1; ls {} 2>&1; echo x > ../plan.json 2>&1; env; {}; exit 9\n",
        secret.display(),
        state.join("labs").display(),
        // A browser gives a page of a lab the cookie of a gateway under the same host name, whatever the port.
        format_args!(
            "bash -c 'echo > /dev/tcp/127.0.0.1/{}' && echo the gateway was reached",
            stage.gateway.port
        )
    );
    stage.write(".opencode/lab.yaml", recipe.as_bytes());
    stage.deploys().await;
    let lab = stage.until("asked").await;
    if lab["plan"]["unguarded"] == true {
        return; // This kernel guards nothing, and the request said so.
    }
    stage.allows().await;
    stage.until("failed").await;
    let log = stage.gateway.get(&format!("/api/v1/sessions/{}/lab/log", stage.session)).await.unwrap();
    let log = log["log"].as_str().unwrap();
    assert!(log.contains("Permission denied") && !log.contains("BRIDGE_TOKEN"), "{log}");
    let token = std::fs::read_to_string(Path::new(&secret)).unwrap_or_default();
    assert!(token.is_empty() || !log.contains(token.trim()), "{log}");
    if guard_report().unwrap()["abi"].as_i64() >= Some(4) {
        assert!(!log.contains("the gateway was reached"), "{log}");
    }
}

#[tokio::test]
async fn a_session_without_a_workspace_has_nothing_to_deploy() {
    // REQ-LAB-06, REQ-LAB-07
    let (gateway, _folder) = with(&[], "").await;
    let _pod = ObedientOpenCode::connect(&gateway).await;
    let made =
        gateway.post("/api/v1/sessions", &json!({ "directory": "/work", "title": "Task" })).await.unwrap();
    let path = format!("/api/v1/sessions/{}/lab/deploy", made["id"].as_str().unwrap());
    let (status, told) = gateway.call(Method::POST, &path, Some(&json!({}))).await.unwrap();
    assert!(status == StatusCode::CONFLICT && told.to_string().contains("its own workspace"), "{told}");
}
