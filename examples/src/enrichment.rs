//! Orders with the names of their customers, which another system knows: an asynchronous function, a hundred rows at a
//! time, with a timeout and other tries.
//!
//! The other system is a stand-in within this program: it takes a while, and fails now and then.
//!
//! ```sh
//! cargo run --release -p millstream-examples --bin enrichment
//! ```
#![forbid(unsafe_code)]

use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use examples::JobArguments;
use examples::readings::mix;
use millstream::prelude::*;

/// Orders with the names of their customers.
#[derive(Debug, Parser)]
#[command(name = "enrichment", version)]
struct Arguments {
    /// How many orders there are.
    #[arg(long, default_value_t = 1_000)]
    orders: u64,
    /// How many look-ups are under way at the same time, in each subtask.
    #[arg(long, default_value_t = 100)]
    capacity: usize,
    #[command(flatten)]
    job: JobArguments,
}

/// An order.
#[derive(Record, Clone, Debug)]
struct Order {
    number: u64,
    customer: u64,
}

/// The same, with what was looked up.
#[derive(Record, Clone, Debug)]
struct NamedOrder {
    number: u64,
    customer: String,
}

/// What the other system says.
async fn customer(id: u64) -> Result<String, String> {
    tokio::time::sleep(Duration::from_millis(20)).await;
    match mix(id ^ 0x5eed) % 50 {
        0 => Err(format!("customer {id} is locked")),
        _ => Ok(format!("Customer {id}")),
    }
}

fn main() -> ExitCode {
    examples::start(run)
}

fn run(arguments: Arguments) -> Result<(), ExecuteError> {
    let env = arguments.job.environment()?;
    let spec = AsyncSpec::new(AsyncOrder::Unordered)
        .capacity(arguments.capacity)
        .timeout(Duration::from_secs(5))
        .retry(Retry::Fixed { times: 2, delay: Duration::from_millis(10) });
    let _ = env
        .generate("Source: Orders", Some(arguments.orders), None, |number| Order {
            number,
            customer: mix(number) % 300,
        })
        .async_wait(spec, |order: Order| async move {
            // Who is not known stays a number: an error would end the job.
            let name = match customer(order.customer).await {
                Ok(name) => name,
                Err(trouble) => format!("unknown ({trouble})"),
            };
            Ok::<_, String>(vec![NamedOrder { number: order.number, customer: name }])
        })
        .print();
    if let Some(result) = arguments.job.run(&env, "enrichment")? {
        examples::say(&format!("{} orders in {:?}, 20 ms each", arguments.orders, result.elapsed));
    }
    Ok(())
}
