//! What a byte costs, from a thousand indicators to ten million.

use std::path::Path;

use crate::material::{SEED, compile, generated};
use crate::{Outcome, median, processor_seconds, say, scan};

const COUNTS: [usize; 6] = [1_000, 10_000, 100_000, 1_000_000, 4_300_000, 10_000_000];
const ROUNDS: usize = 5;

/// Prints the table: the same logs with every list. Whoever looks for more finds more, but of the lines only one in
/// 5,000 can hit.
pub(crate) fn table(folder: &Path, mib: usize) -> Outcome<()> {
    let logs = generated(folder, mib, &accord_corpus::indicators(SEED, 20_000))?;
    say("| indicators | hits | ns of a processor a byte | against the shortest list |\n|---|---|---|---|")?;
    let mut first = None;
    for count in COUNTS {
        let watchfile = compile(&accord_corpus::indicators(SEED, count).to_csv(), &[])?;
        // The first scan makes the sieve.
        scan(&watchfile, &[], 1)?;
        let mut hits = 0;
        let mut costs = Vec::new();
        for _ in 0..ROUNDS {
            let before = processor_seconds();
            hits = scan(&watchfile, &logs.files, 1)?.1;
            costs.push((processor_seconds() - before) * 1e9 / logs.bytes as f64);
        }
        let cost = median(costs);
        let against = cost / *first.get_or_insert(cost);
        say(format_args!(
            "| {} | {hits} | {cost:.2} | {against:.2} |",
            watchfile.watchlist().len()
        ))?;
    }
    Ok(())
}
