import { Component, useState } from "@odoo/owl";
import { Dropdown } from "@web/core/dropdown/dropdown";
import { DropdownItem } from "@web/core/dropdown/dropdown_item";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";

/** The menu bar's entry of the user's jobs under way. */
export class JobsMenu extends Component {
    static template = "celery_bridge.JobsMenu";
    static components = { Dropdown, DropdownItem };
    static props = {};

    setup() {
        this.jobs = useService("celery_jobs");
        this.state = useState(this.jobs.state);
        this.labels = {
            waiting: _t("Waiting"),
            scheduled: _t("Scheduled"),
            parked: _t("Parked"),
            pending: _t("Pending"),
            enqueued: _t("Enqueued"),
            started: _t("Started"),
        };
    }

    get badge() {
        return this.state.count < 100 ? `${this.state.count}` : "100+";
    }
}

registry.category("systray").add(
    "celery_bridge.jobs",
    { Component: JobsMenu, isDisplayed: (env) => Boolean(env.services.celery_jobs) },
    { sequence: 30 }
);
