//! What the model is asked about.

use anyhow::ensure;
use auth_bench::lab::model;
use clap::Args;

/// The deployment that the model is asked about.
#[derive(Args)]
#[command(next_help_heading = "The model")]
pub struct Planned {
    /// Cores of a server node.
    #[arg(long, default_value_t = 4.0)]
    node_cores: f64,
    /// Cores of a store, of which Redis uses one.
    #[arg(long, default_value_t = 8.0)]
    store_cores: f64,
    /// The share of a ceiling at which latency stays bounded.
    #[arg(long, default_value_t = 0.7)]
    utilisation: f64,
    /// The price of a node-hour, in any currency.
    #[arg(long, default_value_t = 0.1)]
    node_hour: f64,
    /// Numbers of nodes.
    #[arg(long = "predict", value_delimiter = ',', default_value = "1,2,8,64")]
    nodes: Vec<u32>,
}

impl Planned {
    /// The same for the model.
    ///
    /// # Errors
    /// When a number makes no sense.
    pub fn plan(&self) -> anyhow::Result<model::Plan> {
        let positive = [self.node_cores, self.store_cores, self.utilisation];
        ensure!(
            positive
                .iter()
                .all(|number| *number > 0.0 && number.is_finite())
                && self.utilisation <= 1.0
                && self.node_hour >= 0.0
                && self.nodes.iter().all(|nodes| *nodes > 0),
            "cores, nodes and --utilisation have to be above 0, and --utilisation not above 1"
        );
        Ok(model::Plan {
            node_cores: self.node_cores,
            store_cores: self.store_cores,
            utilisation: self.utilisation,
            node_hour: self.node_hour,
            nodes: self.nodes.clone(),
        })
    }
}
