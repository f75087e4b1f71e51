import { Component } from "@odoo/owl";
import { DropdownItem } from "@web/core/dropdown/dropdown_item";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { user } from "@web/core/user";
import { useBus } from "@web/core/utils/hooks";
import { patch } from "@web/core/utils/patch";
import { exprToBoolean } from "@web/core/utils/strings";
import { STATIC_ACTIONS_GROUP_NUMBER } from "@web/search/action_menus/action_menus";
import { ListController } from "@web/views/list/list_controller";

/** Of a list's search model: the cog menu does not know the controller, whose columns are exported. */
const ASKED = "celery-export-in-background";

/** The entry of every list's cog menu, for all that it shows. */
export class ExportInBackground extends Component {
    static template = "celery_bridge.ExportInBackground";
    static components = { DropdownItem };
    static props = {};

    onSelected() {
        this.env.searchModel.trigger(ASKED);
    }
}

registry.category("cogMenu").add(
    "celery-export-in-background",
    {
        Component: ExportInBackground,
        groupNumber: STATIC_ACTIONS_GROUP_NUMBER,
        isDisplayed: async (env) =>
            env.config.viewType === "list" &&
            Boolean(env.services.celery_jobs) &&
            !env.model.root.selection.length &&
            (await user.hasGroup("base.group_allow_export")) &&
            exprToBoolean(env.config.viewArch.getAttribute("export_xlsx"), true),
    },
    { sequence: 11 }
);

patch(ListController.prototype, {
    setup() {
        super.setup();
        useBus(this.env.searchModel, ASKED, () => this.exportInBackground());
    },

    /** The entry of the action menu, for what is selected. */
    getStaticActionMenuItems() {
        return {
            ...super.getStaticActionMenuItems(),
            exportInBackground: {
                isAvailable: () => this.isExportEnable && Boolean(this.env.services.celery_jobs),
                sequence: 11,
                icon: "fa fa-tasks",
                description: _t("Export in background"),
                callback: () => this.exportInBackground(),
            },
        };
    },

    /** Open the dialog with what the list shows: records, columns and groups. */
    exportInBackground() {
        const { context, domain, groupBy, isDomainSelected, orderBy, resModel, selection } =
            this.model.root;
        const selected = selection.length > 0 && !isDomainSelected;
        return this.actionService.doAction("celery_bridge.celery_export_start_action", {
            additionalContext: {
                default_model: resModel,
                default_domain: selected ? [["id", "in", selection.map(({ resId }) => resId)]] : domain,
                // Pictures say nothing in a table.
                default_columns: this.getExportableFields()
                    .filter(({ type }) => type !== "binary")
                    .map(({ name }) => name),
                default_groups: groupBy,
                default_order: orderBy.map(({ name, asc }) => `${name} ${asc ? "asc" : "desc"}`).join(", "),
                default_all_states: selected || context.active_test === false,
            },
        });
    },
});
