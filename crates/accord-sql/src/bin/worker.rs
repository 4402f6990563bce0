//! The worker of `accord-sql` alone: what `accord sql --worker` is in the product.

use std::io::{BufReader, BufWriter, stderr, stdin, stdout};
use std::process::ExitCode;

fn main() -> ExitCode {
    let mut input = BufReader::new(stdin().lock());
    let mut results = BufWriter::new(stdout().lock());
    if accord_sql::work(&mut input, &mut results, &mut stderr()) {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(2)
    }
}
