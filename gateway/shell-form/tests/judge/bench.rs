//! A folder with programs that write down what they were given, and a bash that finds no others.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// No program of these names is on any machine, so that none is run by mistake where the search path is gone.
pub(crate) const PROGRAMS: [&str; 3] = ["pa", "pb", "pc"];

/// They write down their words too, and then do what they always do.
const WRAPPERS: [&str; 10] =
    ["bash", "env", "find", "nice", "nohup", "setsid", "sh", "stdbuf", "timeout", "xargs"];

/// Of `timeout`, where it had to kill.
const KILLED: i32 = 137;

pub(crate) struct Bench {
    folder: TempDir,
}

impl Bench {
    pub(crate) fn set() -> Self {
        let folder = TempDir::new().unwrap();
        let bench = Self { folder };
        for path in ["bin", "home", "work/a"] {
            fs::create_dir_all(bench.at(path)).unwrap();
        }
        symlink("/usr/bin/dash", bench.at("bin/dash")).unwrap_or_default();
        PROGRAMS.iter().for_each(|name| bench.recorder(name, ""));
        for name in WRAPPERS {
            bench.recorder(name, &format!("exec {} \"$@\"\n", program(name).display()));
        }
        bench
    }

    fn at(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    fn recorder(&self, name: &str, then: &str) {
        let (path, log) = (self.at(&format!("bin/{name}")), self.at("log"));
        let text =
            format!("#!/bin/sh\nprintf '%s\\0' \"$#\" \"${{0##*/}}\" \"$@\" >>'{}'\n{then}", log.display());
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o755)).unwrap();
    }

    /// What ran, each once: loops may go on until they are killed, and nobody knows who is faster.
    ///
    /// Each run has a folder of its own, so that it finds no files of another. Nothing is said of one that was killed.
    pub(crate) fn run(&self, command: &str) -> (Vec<Vec<String>>, bool) {
        fs::write(self.at("log"), "").unwrap();
        let place = TempDir::new_in(self.at("work/a")).unwrap();
        fs::write(place.path().join("pa"), "").unwrap();
        let mut bash = Command::new(program("timeout"));
        bash.args(["-s", "KILL", "2"]).arg(program("bash")).args(["--norc", "--noprofile", "-c", command]);
        bash.env_clear().env("PATH", self.at("bin")).env("HOME", self.at("home")).env("P", "pa");
        bash.current_dir(place.path()).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let ended = bash.status().unwrap().code().is_some_and(|code| code != KILLED);
        let ended = self.until_nothing_runs() && ended;
        let mut ran = recorded(&fs::read(self.at("log")).unwrap());
        ran.sort();
        ran.dedup();
        (ran, ended)
    }

    /// Waits for what went to the background. A loop there would outlive the test, so it is killed, and the answer is no.
    fn until_nothing_runs(&self) -> bool {
        let deadline = Instant::now() + Duration::from_secs(2);
        let mut by_itself = true;
        while let left = self.running()
            && !left.is_empty()
        {
            if Instant::now() > deadline {
                by_itself = false;
                Command::new(program("kill")).arg("-9").args(left).output().unwrap();
            }
            std::thread::sleep(Duration::from_millis(2));
        }
        by_itself
    }

    /// The processes that are in the folder, by their numbers.
    fn running(&self) -> Vec<String> {
        let here = |process: &fs::DirEntry| {
            fs::read_link(process.path().join("cwd")).is_ok_and(|cwd| cwd.starts_with(self.folder.path()))
        };
        let processes = fs::read_dir("/proc").unwrap().filter_map(Result::ok).filter(here);
        processes.map(|process| process.file_name().to_string_lossy().into_owned()).collect()
    }
}

fn program(name: &str) -> PathBuf {
    let folders = ["/usr/bin", "/bin", "/usr/local/bin"];
    let found = folders.iter().map(|folder| Path::new(folder).join(name)).find(|path| path.exists());
    found.unwrap_or_else(|| panic!("{name} is missing"))
}

/// How many words, the name, the words.
fn recorded(log: &[u8]) -> Vec<Vec<String>> {
    let mut texts = log.split(|byte| *byte == 0).map(|text| String::from_utf8_lossy(text).into_owned());
    let mut ran = vec![];
    while let Some(count) = texts.next().and_then(|count| count.parse::<usize>().ok()) {
        ran.push(texts.by_ref().take(count + 1).collect());
    }
    ran
}
