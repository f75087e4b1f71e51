import { onMounted, onWillUnmount, useExternalListener } from "@odoo/owl";
import { browser } from "@web/core/browser/browser";
import { registry } from "@web/core/registry";
import { useBus } from "@web/core/utils/hooks";
import { FormController } from "@web/views/form/form_controller";
import { formView } from "@web/views/form/form_view";
import { KanbanController } from "@web/views/kanban/kanban_controller";
import { kanbanView } from "@web/views/kanban/kanban_view";
import { ListController } from "@web/views/list/list_controller";
import { listView } from "@web/views/list/list_view";
import { CHANGED } from "../jobs/jobs_service";

/** Milliseconds between looks at what no message tells of: others' jobs and the figures of queues. */
const EVERY = 5000;
const FINAL = ["done", "dead", "cancelled"];

/**
 * Load a view again and again while somebody sees it, and whenever the user's own jobs change.
 *
 * A later load takes the place of an earlier one, whose promise then stays open for good
 * (``KeepLast``), and with it the button or dialog that waits for it. So there is no live load beside
 * another; and who presses a key or a button meanwhile has the page as it is: what they select or
 * edit would be gone with it.
 */
function useLive(controller, mayReload) {
    const { model } = controller;
    const load = model.load;
    let loading = null;
    let live = null;
    model.load = async (...args) => {
        const mine = (loading = load.apply(model, args));
        try {
            return await mine;
        } finally {
            if (loading === mine) {
                loading = null;
            }
        }
    };
    const reload = async () => {
        const seen = document.visibilityState === "visible";
        if (seen && !loading && model.isReady && mayReload()) {
            const loaded = model.load();
            live = loading;
            await loaded;
        }
    };
    const giveWay = () => {
        if (loading && loading === live) {
            model.keepLast.add(Promise.resolve());
            loading = null;
        }
    };
    let timer = null;
    onMounted(() => (timer = browser.setInterval(reload, EVERY)));
    onWillUnmount(() => browser.clearInterval(timer));
    useBus(controller.env.bus, CHANGED, reload);
    useExternalListener(window, "pointerdown", giveWay, { capture: true });
    useExternalListener(window, "keydown", giveWay, { capture: true });
}

/** What is grouped is summed up over all rows: that is left to who looks. */
function isFlat({ root }) {
    return !root.isGrouped;
}

export class LiveListController extends ListController {
    setup() {
        super.setup();
        useLive(this, () => {
            const { editedRecord, selection } = this.model.root;
            return isFlat(this.model) && !editedRecord && !selection.length;
        });
    }
}

export class LiveKanbanController extends KanbanController {
    setup() {
        super.setup();
        useLive(this, () => isFlat(this.model));
    }
}

export class LiveFormController extends FormController {
    setup() {
        super.setup();
        useLive(this, () => !FINAL.includes(this.model.root.data.state));
    }
}

const views = registry.category("views");
views.add("celery_live_list", { ...listView, Controller: LiveListController });
views.add("celery_live_kanban", { ...kanbanView, Controller: LiveKanbanController });
views.add("celery_live_form", { ...formView, Controller: LiveFormController });
