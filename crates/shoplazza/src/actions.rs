//! Acting on a case.

use async_trait::async_trait;
use core_model::{Action, Actions, AfterSale, AfterSales, Plan, Result};

use crate::Client;

#[async_trait]
impl Actions for Client {
    async fn plan(&self, case: &AfterSale, action: &Action) -> Result<Box<dyn Plan>> {
        let capabilities = self.capabilities();
        capabilities.admit_action(self.source(), case, action)?;
        Err(capabilities.no_action(self.source(), action.kind()))
    }
}
