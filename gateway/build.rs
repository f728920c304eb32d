//! The console is built by npm before the release binary is. Without it the gateway still builds, and says so.

fn main() -> std::io::Result<()> {
    std::fs::create_dir_all("console/dist")?;
    // A debug build reads the files when it serves them.
    let release = std::env::var("PROFILE").is_ok_and(|profile| profile == "release");
    let watched = if release { "console/dist" } else { "build.rs" };
    println!("cargo::rerun-if-changed={watched}");
    Ok(())
}
