//! What proof costs: a masked text, an entry of a signed log, a long log checked whole, the check of who asks.

use crate::process::Process;
use crate::report::{Report, median, percentile};
use anyhow::Context;
use gateway::app::{Unsigned, open_store};
use gateway::clock;
use gateway::store::{Inspection, Store, StoreConfig, TakeOver};
use gateway_domain::{AuditEntry, SessionRecord, mask_text};
use gateway_proof::tree::leaf_hash;
use jiff::Timestamp;
use reqwest::header::{COOKIE, SET_COOKIE};
use serde_json::json;
use std::fs;
use std::hint::black_box;
use std::path::Path;
use std::time::Instant;
use tokio::task::JoinSet;

const ROUNDS: usize = 5;
const MEBIBYTE: usize = 1 << 20;
/// Entries that are on the disk one after the other.
const APPENDED: usize = 2_000;
const LONG_LOG: usize = 100_000;
const REQUESTS: usize = 4_000;

pub(crate) async fn measure(report: &mut Report) -> anyhow::Result<()> {
    masks(report)?;
    appended(report).await?;
    verified(report).await?;
    sign_ins(report).await
}

/// The gateway's own source, as an agent would print it; beside it the same bytes hashed.
fn masks(report: &mut Report) -> anyhow::Result<()> {
    let text = source()?;
    let (mut ours, mut bare) = (vec![], vec![]);
    for _ in 0..ROUNDS {
        ours.push(milliseconds(|| drop(black_box(mask_text(&text)))));
        bare.push(milliseconds(|| _ = black_box(leaf_hash(text.as_bytes()))));
    }
    report.add("mask_1mb_ms", median(ours), "ms", median(bare));
    Ok(())
}

fn source() -> anyhow::Result<String> {
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("../gateway/src")];
    let mut text = String::new();
    while let Some(folder) = folders.pop() {
        let mut here: Vec<_> = fs::read_dir(folder)?.collect::<Result<_, _>>()?;
        here.sort_by_key(fs::DirEntry::path);
        for entry in here {
            match entry.file_type()?.is_dir() {
                true => folders.push(entry.path()),
                false => text.push_str(&String::from_utf8_lossy(&fs::read(entry.path())?)),
            }
        }
        if text.len() > MEBIBYTE {
            break;
        }
    }
    anyhow::ensure!(text.len() > MEBIBYTE / 2, "too little source to mask: {} bytes", text.len());
    let whole = text.clone();
    while text.len() < MEBIBYTE {
        text.push_str(&whole);
    }
    let end = (0..=MEBIBYTE).rev().find(|&end| text.is_char_boundary(end)).unwrap_or(0);
    text.truncate(end);
    Ok(text)
}

/// With signed state and signed heads; beside it the same store without any key.
async fn appended(report: &mut Report) -> anyhow::Result<()> {
    let (plain, signed) = (tempfile::tempdir()?, tempfile::tempdir()?);
    let (bare, _) = Store::<SessionRecord>::open(StoreConfig::at(plain.path()), clock::system()).await?;
    let ours = keyed(signed.path()).await?;
    let (mut with, mut without) = (vec![], vec![]);
    // In turns, so that the disk is the same for both.
    for n in 0..APPENDED {
        without.push(append(&bare, n).await?);
        with.push(append(&ours, n).await?);
    }
    report.add("audit_append_p99_ms", percentile(&mut with, 0.99), "ms", percentile(&mut without, 0.99));
    ours.close().await;
    bare.close().await;
    Ok(())
}

async fn keyed(folder: &Path) -> anyhow::Result<Store> {
    let (clock, free) = (clock::system(), TakeOver::WhenFree);
    Ok(open_store(folder, None, free, Unsigned::TakenOver, &clock).await?.0)
}

async fn append(store: &Store, n: usize) -> anyhow::Result<f64> {
    let began = Instant::now();
    store.audit(entry(n)).await?;
    Ok(began.elapsed().as_secs_f64() * 1e3)
}

fn entry(n: usize) -> AuditEntry {
    let session = format!("ses_{:026}", n % 1_000);
    AuditEntry {
        ask: format!("ask_{n}"),
        digest: "5f".repeat(32),
        answer: json!({ "answer": "once" }).to_string(),
        ..AuditEntry::new(Timestamp::UNIX_EPOCH, "oidc:https://id.example.com#u-1001", "answered", &session)
    }
}

/// The whole log held against its head, as `gateway audit verify` does; beside it the leaves' hashes alone.
async fn verified(report: &mut Report) -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let store = keyed(folder.path()).await?;
    let mut adding = JoinSet::new();
    for n in 0..LONG_LOG {
        let store = store.clone();
        adding.spawn(async move { store.audit(entry(n)).await });
        if adding.len() >= 1_000 {
            adding.join_next().await.context("none is added")???;
        }
    }
    while let Some(added) = adding.join_next().await {
        added??;
    }
    store.flush().await?;
    store.close().await;
    let (mut ours, mut bare) = (vec![], vec![]);
    for _ in 0..3 {
        let began = Instant::now();
        let found = Inspection::of(folder.path())?.audit()?;
        ours.push(began.elapsed().as_secs_f64());
        anyhow::ensure!(found.entries as usize >= LONG_LOG, "only {} entries", found.entries);
        bare.push(hashed(&folder.path().join("audit"))?);
    }
    report.add("audit_verify_100k_s", median(ours), "s", median(bare));
    Ok(())
}

fn hashed(log: &Path) -> anyhow::Result<f64> {
    let began = Instant::now();
    for file in fs::read_dir(log)? {
        let path = file?.path();
        if path.is_file() {
            let text = fs::read(path)?;
            text.split(|&byte| byte == b'\n').for_each(|line| _ = black_box(leaf_hash(line)));
        }
    }
    Ok(began.elapsed().as_secs_f64())
}

/// A request with a cookie, less one that needs nobody: what the check of a sign-in and its answer take. Beside it the
/// request that needs nobody.
async fn sign_ins(report: &mut Report) -> anyhow::Result<()> {
    let gateway = Process::gateway()?;
    gateway.until_open()?;
    let (http, url) = (reqwest::Client::new(), format!("http://{}", gateway.address));
    let wanted = json!({ "token": e2e::gateway::API_TOKEN, "name": "Anna" });
    let signed = http.post(format!("{url}/api/v1/sign-in")).json(&wanted).send().await?.error_for_status()?;
    let cookie = signed.headers().get(SET_COOKIE).context("no cookie")?.to_str()?.to_owned();
    let cookie = cookie.split(';').next().unwrap_or_default().to_owned();
    let (mut open, mut checked) = (vec![], vec![]);
    for _ in 0..REQUESTS {
        let anybody = http.get(format!("{url}/readyz"));
        open.push(microseconds(anybody).await?);
        let anna = http.get(format!("{url}/api/v1/me")).header(COOKIE, &cookie);
        checked.push(microseconds(anna).await?);
    }
    let bare = median(open);
    report.add("session_check_us", (median(checked) - bare).max(0.0), "µs", bare);
    Ok(())
}

async fn microseconds(request: reqwest::RequestBuilder) -> anyhow::Result<f64> {
    let began = Instant::now();
    request.send().await?.error_for_status()?.bytes().await?;
    Ok(began.elapsed().as_secs_f64() * 1e6)
}

fn milliseconds(work: impl FnOnce()) -> f64 {
    let began = Instant::now();
    work();
    began.elapsed().as_secs_f64() * 1e3
}
