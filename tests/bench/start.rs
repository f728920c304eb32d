//! Time from the start of the process until it takes connections, with no state.

use crate::process::Process;
use crate::report::{Report, median};

const ROUNDS: usize = 15;

pub(crate) async fn measure(report: &mut Report) -> anyhow::Result<()> {
    let (mut ours, mut bare) = (vec![], vec![]);
    for _ in 0..ROUNDS {
        bare.push(Process::echo()?.until_open()? * 1000.0);
        ours.push(Process::gateway()?.until_open()? * 1000.0);
    }
    report.add("gateway_start", median(ours), "ms", median(bare));
    Ok(())
}
