import { Component, onWillStart, onWillUpdateProps, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { useBus, useService } from "@web/core/utils/hooks";
import { patch } from "@web/core/utils/patch";
import { FormController } from "@web/views/form/form_controller";
import { CHANGED } from "../jobs/jobs_service";

/** A smart button on the form of any record that jobs are about: asked for once a record. */
export class JobsButton extends Component {
    static template = "celery_bridge.JobsButton";
    static props = { resModel: String, resId: { type: [Number, Boolean] } };

    setup() {
        this.action = useService("action");
        this.jobs = useService("celery_jobs");
        this.orm = useService("orm");
        this.state = useState({ count: 0, open: 0 });
        onWillStart(() => {
            this.ask(this.props); // not waited for: no form is later for it
        });
        onWillUpdateProps((next) => {
            if (next.resId !== this.props.resId) {
                this.ask(next);
            }
        });
        useBus(this.env.bus, CHANGED, () => this.state.open && this.ask(this.props));
    }

    async ask({ resModel, resId }) {
        let found = [0, 0];
        if (resId && this.jobs && resModel !== "celery.job") {
            found = await this.orm.silent
                .call("celery.job", "about_record", [resModel, resId])
                .catch(() => found);
        }
        Object.assign(this.state, { count: found[0], open: found[1] });
    }

    get label() {
        return this.state.count > 100 ? "100+" : `${this.state.count}`;
    }

    open() {
        return this.action.doAction({
            type: "ir.actions.act_window",
            name: _t("Background jobs"),
            res_model: "celery.job",
            views: [
                [false, "list"],
                [false, "form"],
            ],
            domain: [["about", "=", `${this.props.resModel},${this.props.resId}`]],
        });
    }
}

patch(FormController.prototype, {
    /** A getter, not an entry of ``components``: those of controllers that inherit are copies. */
    get JobsButton() {
        return JobsButton;
    },
});
