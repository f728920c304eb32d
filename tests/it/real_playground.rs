//! `make run` as a person has it: one process that starts everything, tells where, mends what dies, and stops cleanly.

use anyhow::{Context, anyhow, bail, ensure};
use e2e::opencode::{free_port, repository};
use e2e::opencode_stage::guard_is_here;
use e2e::wait;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::{Duration, Instant};

struct Run {
    child: Child,
    lines: Receiver<String>,
    told: Vec<String>,
    port: u16,
    token: String,
}

fn binary() -> anyhow::Result<PathBuf> {
    let this = std::env::current_exe()?;
    let near = this.ancestors().skip(1).take(2).map(|folder| folder.join("playground"));
    near.into_iter().find(|path| path.is_file()).context("run `make build` first")
}

impl Run {
    fn start(settings: &[(&str, &str)]) -> anyhow::Result<Self> {
        Self::start_program(&binary()?, settings)
    }

    fn start_program(program: &Path, settings: &[(&str, &str)]) -> anyhow::Result<Self> {
        let port = free_port()?;
        let mut child = Command::new(program)
            .env("GATEWAY_PORT", port.to_string())
            .envs(settings.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()?;
        let out = BufReader::new(child.stdout.take().context("no output")?);
        let (sender, lines) = sync_channel(4_096);
        std::thread::spawn(move || out.lines().map_while(Result::ok).try_for_each(|line| sender.send(line)));
        Ok(Self { child, lines, told: vec![], port, token: String::new() })
    }

    /// Waits until everything runs, and reads what the person at the terminal can read.
    fn until_told(&mut self) -> anyhow::Result<String> {
        let line = self.until("GATEWAY_API_TOKEN_FILE=")?;
        let path = line.rsplit_once('=').context("a path")?.1.trim().to_owned();
        self.token = std::fs::read_to_string(path)?.trim().to_owned();
        self.until("Press Ctrl-C to stop")?;
        self.link()
    }

    /// The address comes last.
    fn link(&mut self) -> anyhow::Result<String> {
        let line = self.until("Open http://localhost:")?;
        Ok(line.trim().trim_start_matches("Open ").to_owned())
    }

    fn has_told(&self, part: &str) -> bool {
        self.told.iter().any(|line| line.contains(part))
    }

    fn until(&mut self, part: &str) -> anyhow::Result<String> {
        let deadline = Instant::now() + e2e::PATIENCE;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let Ok(line) = self.lines.recv_timeout(left) else {
                bail!("no line with {part:?}:\n{}", self.told.join("\n"));
            };
            self.told.push(line.clone());
            if line.contains(part) {
                return Ok(line);
            }
        }
    }

    /// A session that plays this, as a person starts it.
    async fn start_session(&self, directory: &Path, prompt: &str) -> anyhow::Result<Value> {
        let request = reqwest::Client::new().post(format!("http://127.0.0.1:{}/api/v1/sessions", self.port));
        let body = json!({ "directory": directory, "title": "A try", "prompt": prompt });
        Ok(request.bearer_auth(&self.token).json(&body).send().await?.error_for_status()?.json().await?)
    }

    async fn ask(&self, path: &str) -> anyhow::Result<Value> {
        let request = reqwest::Client::new().get(format!("http://127.0.0.1:{}{path}", self.port));
        Ok(request.bearer_auth(&self.token).send().await?.json().await?)
    }

    async fn until_connected(&self) -> anyhow::Result<()> {
        let connected = async || {
            let pods = self.ask("/api/v1/bridge").await?;
            ensure!(pods[0]["connected"] == true, "{pods}");
            Ok(())
        };
        let told = || self.told.join("\n");
        wait::until("OpenCode's link", connected).await.map_err(|error| anyhow!("{error}\n{}", told()))
    }

    fn signal(&self, pid: u32, signal: rustix::process::Signal) -> anyhow::Result<()> {
        let pid = rustix::process::Pid::from_raw(i32::try_from(pid)?).context("no process")?;
        Ok(rustix::process::kill_process(pid, signal)?)
    }

    /// The processes that it started, by the name of their program.
    fn children(&self) -> anyhow::Result<Vec<(u32, String)>> {
        let output =
            Command::new("ps").args(["-o", "pid=,comm=", "--ppid", &self.child.id().to_string()]).output()?;
        let text = String::from_utf8(output.stdout)?;
        let parsed = text.lines().filter_map(|line| {
            let (pid, name) = line.trim().split_once(' ')?;
            Some((pid.parse().ok()?, name.trim().to_owned()))
        });
        Ok(parsed.collect())
    }

    fn child_named(&self, name: &str) -> anyhow::Result<u32> {
        let children = self.children()?;
        let found = children.iter().find(|(_, program)| program == name);
        found.map(|(pid, _)| *pid).with_context(|| format!("{name} is not among {children:?}"))
    }

    fn is_alive(pid: u32) -> bool {
        std::path::Path::new(&format!("/proc/{pid}")).exists()
    }
}

impl Drop for Run {
    /// Asked to stop, it ends what it started; killed, it leaves that running.
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            let _ = self.signal(self.child.id(), rustix::process::Signal::INT);
        }
        let patience = Instant::now() + Duration::from_secs(20);
        while matches!(self.child.try_wait(), Ok(None)) && Instant::now() < patience {
            std::thread::sleep(Duration::from_millis(20));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_command_runs_everything_mends_what_dies_and_stops_cleanly() -> anyhow::Result<()> {
    // REQ-CONSOLE-01, REQ-STATE-03, REQ-OPS-05
    let mut run = Run::start(&[])?;
    run.until("gateway  | ")?;
    let link = run.until_told()?;
    assert!(!run.told.iter().any(|line| line.contains('\u{1b}')), "no colours in a file");
    let pod = run.ask("/api/v1/bridge").await?[0].clone();
    assert_eq!(pod["pod"], "local");
    if guard_is_here() {
        // REQ-GATE-07: nobody had to ask for it.
        assert_ne!(pod["guard_state"]["level"], "unguarded", "{pod:#}");
        assert!(run.has_told("Agents work in a guarded shell"), "{:#?}", run.told);
    }
    assert_eq!(reqwest::get(&link).await?.status(), 200, "the link leads to the console");
    assert_eq!(reqwest::get(&link).await?.status(), 410, "once");
    assert_eq!(run.ask("/api/v1/me").await?["demo"], true, "without a key it says that it is a demo");

    let gateway = run.child_named("gateway")?;
    run.signal(gateway, rustix::process::Signal::KILL)?;
    run.until("The gateway exited (")?;
    run.until("If you are not signed in yet, open http://localhost:")?;
    run.until_connected().await?;

    let opencode = run.child_named("opencode")?;
    run.signal(opencode, rustix::process::Signal::KILL)?;
    run.until("OpenCode exited (")?;
    run.until_connected().await?;

    let left: Vec<u32> = run.children()?.into_iter().map(|(pid, _)| pid).collect();
    run.signal(run.child.id(), rustix::process::Signal::INT)?;
    run.until("run      | Stopped.")?;
    assert!(run.child.wait()?.success());
    assert_eq!(left.iter().filter(|pid| Run::is_alive(**pid)).count(), 0, "nobody is left behind");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_of_ones_own_is_what_the_gateway_wants() -> anyhow::Result<()> {
    // REQ-WHO-01: with it `make run` never got ready. Its agent does not see it.
    let mut run = Run::start(&[("GATEWAY_API_TOKEN", "a-token-of-my-own-choice")])?;
    run.until("Press Ctrl-C to stop")?;
    run.link()?;
    assert!(!run.told.iter().any(|line| line.contains("a-token-of-my-own-choice")), "{:#?}", run.told);
    let refused = run.ask("/api/v1/me").await?;
    assert_eq!(refused["status"], 401);
    run.token = "a-token-of-my-own-choice".to_owned();
    assert_eq!(run.ask("/api/v1/me").await?["person"]["name"], "operator");
    let environment = std::fs::read(format!("/proc/{}/environ", run.child_named("opencode")?))?;
    let environment = String::from_utf8_lossy(&environment);
    assert!(environment.contains("BRIDGE_TOKEN=") && !environment.contains("GATEWAY_API_TOKEN"));
    run.signal(run.child.id(), rustix::process::Signal::INT)?;
    run.until("run      | Stopped.")?;
    Ok(())
}

#[test]
fn a_wrong_configuration_ends_it_at_once_with_its_sentence() -> anyhow::Result<()> {
    // ACCEPTANCE: it waited a minute for a gateway that had ended, and then printed a backtrace.
    let began = Instant::now();
    let output = Command::new(binary()?)
        .env("GATEWAY_PORT", free_port()?.to_string())
        .env("GATEWAY_CONFIG", "/does/not/exist.yaml")
        .env("RUST_BACKTRACE", "1")
        .output()?;
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && said.contains("GATEWAY_CONFIG: /does/not/exist.yaml"), "{said}");
    assert!(!said.contains("backtrace"), "{said}");
    assert!(began.elapsed() < Duration::from_secs(30), "{:?}", began.elapsed());
    Ok(())
}

/// A command that leaves a file, and tries to leave one elsewhere.
fn leaves_files(elsewhere: &Path) -> String {
    let command = format!("echo mine > own.txt; echo evil > {}; echo tried > tried.txt", elsewhere.display());
    let script =
        json!([{ "tools": [{ "name": "write", "args": { "filePath": "work.sh", "content": command } }] }]);
    let run = json!([{ "tools": [{ "name": "bash", "args": { "command": "bash work.sh", "description": "Works" } }] }]);
    let steps: Vec<_> = [script, run].iter().filter_map(Value::as_array).flatten().cloned().collect();
    format!("script: {}", json!(steps))
}

#[tokio::test(flavor = "multi_thread")]
async fn on_a_project_of_ones_own_the_agent_changes_that_and_nothing_beside_it() -> anyhow::Result<()> {
    // REQ-GATE-07, REQ-CONSOLE-01
    if !guard_is_here() {
        return Ok(());
    }
    let folder = tempfile::tempdir()?;
    let project = repository(&folder.path().join("project"))?;
    let rules = folder.path().join("gateway.yaml");
    let allow =
        json!([{ "tool": "bash", "pattern": "bash work.sh" }, { "tool": "write", "pattern": "work.sh" }]);
    std::fs::write(&rules, json!({ "gate": { "mode": "on", "allow": allow } }).to_string())?;
    let settings = [
        ("GATEWAY_REPOSITORY", project.display().to_string()),
        ("GATEWAY_CONFIG", rules.display().to_string()),
        ("GATEWAY_BUILDERS", folder.path().join("workspaces").display().to_string()),
        ("GUARD", "on".to_owned()),
    ];
    let settings: Vec<_> = settings.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let mut run = Run::start(&settings)?;
    run.until_told()?;
    let told = format!("they can change only {} and their workspaces", project.display());
    assert!(run.has_told(&told), "{:#?}", run.told);
    let beside = folder.path().join("beside.txt");
    run.start_session(&project, &leaves_files(&beside)).await?;
    wait::until("the end of the command", async || project.join("tried.txt").exists()).await?;
    assert!(project.join("own.txt").exists() && !beside.exists());
    assert!(std::fs::read_to_string(&rules)?.contains("allow"), "the gateway's own file");
    Ok(())
}

/// `make run` where the guard finds nothing in the kernel: the same programs, beside a guard that says so.
struct WithoutLandlock(tempfile::TempDir);

impl WithoutLandlock {
    fn prepare() -> anyhow::Result<Self> {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let built = binary()?;
        let there = built.parent().context("a folder")?;
        // A program looks beside itself, and a link would lead it back.
        let folder = tempfile::Builder::new().prefix("without-landlock-").tempdir_in(there)?;
        std::fs::hard_link(&built, folder.path().join("playground"))?;
        symlink(there.join("gateway"), folder.path().join("gateway"))?;
        let guard = folder.path().join("guard");
        std::fs::write(&guard, "#!/bin/sh\necho '{ \"abi\": 0, \"seccomp\": true }'\n")?;
        std::fs::set_permissions(&guard, PermissionsExt::from_mode(0o755))?;
        Ok(Self(folder))
    }

    fn program(&self) -> PathBuf {
        self.0.path().join("playground")
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_landlock_it_says_unguarded_and_a_newcomer_can_still_begin() -> anyhow::Result<()> {
    // REQ-GATE-05, REQ-CONSOLE-01: as on macOS. The gate alone would start no session there.
    let programs = WithoutLandlock::prepare()?;
    let mut run = Run::start_program(&programs.program(), &[])?;
    run.until_told()?;
    assert!(run.has_told("UNGUARDED: this kernel has no Landlock"), "{:#?}", run.told);
    assert!(
        run.has_told("For this run the gateway accepts that (`gate.unguarded: allow`)"),
        "{:#?}",
        run.told
    );
    let pod = run.ask("/api/v1/bridge").await?[0].clone();
    assert_eq!(pod["guard_state"]["level"], "unguarded", "{pod:#}");
    let directory = PathBuf::from(pod["open_directories"][0].as_str().context("a directory")?);
    run.start_session(&directory, "scenario: hello").await?;
    Ok(())
}

#[test]
fn a_guard_that_is_demanded_and_not_to_be_had_starts_nothing() -> anyhow::Result<()> {
    // REQ-GATE-05
    let programs = WithoutLandlock::prepare()?;
    let mut command = Command::new(programs.program());
    let output = command.env("GATEWAY_PORT", free_port()?.to_string()).env("GUARD", "on").output()?;
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        !output.status.success()
            && said.contains("Cannot start with `GUARD=on`: this kernel has no Landlock"),
        "{said}"
    );
    Ok(())
}
