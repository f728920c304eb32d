//! The console is built by npm before the release binary is. Without it the gateway still builds, and says so.

fn main() -> std::io::Result<()> {
    println!("cargo::rerun-if-changed=console/dist");
    std::fs::create_dir_all("console/dist")
}
