//! Finds the real `opencode`: the npm package brings it as a platform package.

use anyhow::bail;
use std::path::{Path, PathBuf};

/// `OPENCODE_BIN`, or what `make setup` installed.
pub(super) fn find() -> anyhow::Result<PathBuf> {
    if let Ok(path) = std::env::var("OPENCODE_BIN") {
        return Ok(path.into());
    }
    let modules = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../opencode-plugin/node_modules");
    for name in candidates() {
        let path = modules.join(name).join("bin/opencode");
        if path.is_file() {
            return Ok(path.canonicalize()?);
        }
    }
    bail!("No opencode in {}; run `make setup`, or set OPENCODE_BIN.", modules.display())
}

/// The platform packages, best first. The baseline builds are for processors without AVX2.
fn candidates() -> Vec<String> {
    let os = if cfg!(target_os = "macos") { "darwin" } else { "linux" };
    let arch = if cfg!(target_arch = "aarch64") { "arm64" } else { "x64" };
    let plain = format!("opencode-{os}-{arch}");
    let baseline = format!("{plain}-baseline");
    if has_avx2() { vec![plain, baseline] } else { vec![baseline, plain] }
}

#[cfg(target_arch = "x86_64")]
fn has_avx2() -> bool {
    std::arch::is_x86_feature_detected!("avx2")
}

#[cfg(not(target_arch = "x86_64"))]
fn has_avx2() -> bool {
    true
}
