//! A push's report as GitHub words it: git's own says only that a hook declined.

use std::collections::BTreeMap;
use std::path::Path;

const HOOK: &str = include_str!("pre-receive");
const MARK: &str = "FORGE-REASON\t";
/// The most that a packet on a side band carries.
const BAND: usize = 65_515;

pub(crate) fn install(repository: &Path) -> anyhow::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let path = repository.join("hooks/pre-receive");
    std::fs::create_dir_all(repository.join("hooks"))?;
    std::fs::write(&path, HOOK)?;
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755))?;
    Ok(())
}

/// The reasons that the hook wrote go from the progress into the report. Anything unexpected stays as it is.
pub(crate) fn reworded(answer: &[u8]) -> Vec<u8> {
    rewritten(answer).unwrap_or_else(|| answer.to_vec())
}

fn rewritten(answer: &[u8]) -> Option<Vec<u8>> {
    let (report, progress) = bands(answer)?;
    let progress = String::from_utf8_lossy(&progress).into_owned();
    let reasons = reasons(&progress);
    if reasons.is_empty() {
        return None;
    }
    let shown: Vec<&str> = progress.split_inclusive('\n').filter(|line| !line.starts_with(MARK)).collect();
    let mut rewritten = Vec::new();
    for piece in shown.concat().as_bytes().chunks(BAND) {
        packet(&mut rewritten, 2, piece);
    }
    for piece in reported(&report, &reasons)?.chunks(BAND) {
        packet(&mut rewritten, 1, piece);
    }
    rewritten.extend_from_slice(b"0000");
    Some(rewritten)
}

fn reasons(progress: &str) -> BTreeMap<&str, &str> {
    let lines = progress.lines().filter_map(|line| line.strip_prefix(MARK)?.split_once('\t'));
    lines.collect()
}

/// The data of bands 1 and 2.
fn bands(mut rest: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
    let (mut report, mut progress) = (Vec::new(), Vec::new());
    while let Some((packet, left)) = next(rest) {
        rest = left;
        match packet.split_first() {
            Some((1, data)) => report.extend_from_slice(data),
            Some((2, data)) => progress.extend_from_slice(data),
            None => {}
            _ => return None,
        }
    }
    Some((report, progress))
}

/// The packet at the beginning, and what follows it. A flush is an empty packet.
fn next(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let length = std::str::from_utf8(bytes.get(..4)?).ok()?;
    let length = usize::from_str_radix(length, 16).ok()?.max(4);
    Some((bytes.get(4..length)?, &bytes[length..]))
}

fn packet(into: &mut Vec<u8>, band: u8, data: &[u8]) {
    into.extend_from_slice(format!("{:04x}", data.len() + 5).as_bytes());
    into.push(band);
    into.extend_from_slice(data);
}

fn reported(report: &[u8], reasons: &BTreeMap<&str, &str>) -> Option<Vec<u8>> {
    let mut lines = Vec::new();
    let mut rest = report;
    while let Some((packet, left)) = next(rest) {
        rest = left;
        let line = String::from_utf8_lossy(packet).into_owned();
        let declined = line.strip_prefix("ng ").and_then(|line| line.split_once(' '));
        let reason = declined.and_then(|(name, _)| Some((name, reasons.get(name)?)));
        let line = reason.map_or(line.clone(), |(name, reason)| format!("ng {name} {reason}\n"));
        if !line.is_empty() {
            lines.extend_from_slice(format!("{:04x}{line}", line.len() + 4).as_bytes());
        }
    }
    lines.extend_from_slice(b"0000");
    Some(lines)
}
