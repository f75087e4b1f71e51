import { reactive } from "@odoo/owl";
import { browser } from "@web/core/browser/browser";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { user } from "@web/core/user";

/** The type of the bus message that there is news; it has no content (celery_job_person.py). */
const NEWS = "celery_bridge.jobs";
/** For so long after a message the server may keep quiet about more news, in milliseconds. */
const QUIET = 1500;
/** How often to look while jobs are under way, should a message have been lost. */
const LOOK = 15000;
/** More jobs than these that ended at once are told of together. */
const EACH = 3;
const MEMORY = "celery_bridge.told";
/** Triggered on the environment's bus whenever the user's jobs may have changed. */
export const CHANGED = "CELERY_BRIDGE:CHANGED";

/** What the current user's jobs are doing, kept up to date, and told when they have ended. */
class Jobs {
    constructor(env, { action, bus_service, notification, orm }) {
        this.env = env;
        this.action = action;
        this.notification = notification;
        this.orm = orm;
        this.state = reactive({ count: 0, jobs: [] });
        this.looking = null;
        this.lookAgain = false;
        this.timer = null;
        bus_service.subscribe(NEWS, () => this.onNews());
        bus_service.start();
        browser.addEventListener("visibilitychange", () => this.later());
        this.look();
    }

    onNews() {
        this.look();
        browser.setTimeout(() => this.look(), QUIET);
    }

    /** Ask the server, once at a time; news that comes meanwhile is asked for afterwards. */
    async look() {
        if (this.looking) {
            this.lookAgain = true;
            return this.looking;
        }
        do {
            this.lookAgain = false;
            this.looking = this.ask();
            await this.looking;
            this.looking = null;
        } while (this.lookAgain);
        this.later();
    }

    async ask() {
        const memory = this.memory();
        let answer;
        try {
            answer = await this.orm.silent.call("celery.job", "my_jobs", [memory.since]);
        } catch {
            return; // Odoo is away for a moment, or the session is over: others say so.
        }
        const ended = answer.ended.filter((job) => !memory.told.includes(this.keyOf(job)));
        this.remember(answer, memory);
        Object.assign(this.state, { count: answer.count, jobs: answer.jobs });
        this.tell(ended);
        this.env.bus.trigger(CHANGED);
    }

    later() {
        browser.clearTimeout(this.timer);
        if (this.state.count && document.visibilityState === "visible") {
            this.timer = browser.setTimeout(() => this.look(), LOOK);
        }
    }

    /** Of this tab, over reloads: how far it has looked, and what it has told. */
    memory() {
        const kept = browser.sessionStorage.getItem(MEMORY);
        return kept ? JSON.parse(kept) : { since: false, told: [] };
    }

    remember({ now, ended }, { told }) {
        const keys = [...told, ...ended.map((job) => this.keyOf(job))];
        const memory = { since: now, told: [...new Set(keys)].slice(-300) };
        browser.sessionStorage.setItem(MEMORY, JSON.stringify(memory));
    }

    keyOf(job) {
        return `${job.id} ${job.ended}`;
    }

    tell(ended) {
        if (ended.length > EACH) {
            this.tellTogether(ended);
        } else {
            ended.forEach((job) => this.tellOne(job));
        }
    }

    tellOne(job) {
        const failed = job.state === "dead";
        const names = job.files.map((file) => file.name).join(", ");
        const done = names ? _t("Your job is done: %s", names) : _t("Your job is done.");
        const close = this.notification.add(failed ? job.error : done, {
            title: job.name,
            type: failed ? "danger" : "success",
            sticky: true,
            className: "o_celery_ended",
            buttons: this.buttonsOf(job, () => close()),
        });
    }

    buttonsOf(job, close) {
        const button = (name, act, primary = false) => ({
            name,
            primary,
            onClick: () => {
                close();
                act();
            },
        });
        const nameOf = ({ name }) => (job.files.length > 1 ? name : _t("Download"));
        return [
            ...job.files.map((file) => button(nameOf(file), () => this.download(file), true)),
            ...(job.records ? [button(_t("Open records"), () => this.openRecords(job))] : []),
            button(_t("Open job"), () => this.openJob(job)),
        ];
    }

    tellTogether(ended) {
        const failed = ended.filter((job) => job.state === "dead").length;
        const message = failed
            ? _t("%(all)s jobs have ended, %(failed)s of them failed.", { all: ended.length, failed })
            : _t("%s jobs are done.", ended.length);
        const close = this.notification.add(message, {
            type: failed ? "danger" : "success",
            sticky: true,
            className: "o_celery_ended",
            buttons: [
                {
                    name: _t("Show them"),
                    onClick: () => {
                        close();
                        this.openJobs([["id", "in", ended.map((job) => job.id)]]);
                    },
                },
            ],
        });
    }

    download({ id }) {
        const url = `/web/content/${id}?download=true`;
        return this.action.doAction({ type: "ir.actions.act_url", url, target: "self" });
    }

    async openRecords({ id }) {
        const action = await this.orm.call("celery.job", "action_open_records", [[id]]);
        return this.action.doAction({ ...action, views: this.viewsOf(action) });
    }

    viewsOf({ view_mode }) {
        return view_mode.split(",").map((kind) => [false, kind]);
    }

    openJob({ id }) {
        return this.action.doAction("celery_bridge.celery_job_action", {
            viewType: "form",
            props: { resId: id },
        });
    }

    openJobs(domain = [["user_id", "=", user.userId]]) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            name: _t("My jobs"),
            res_model: "celery.job",
            views: [
                [false, "list"],
                [false, "form"],
            ],
            domain,
        });
    }
}

export const jobsService = {
    dependencies: ["action", "bus_service", "notification", "orm"],
    async start(env, services) {
        // A user may have been taken out of the group that all internal users are in.
        return (await user.hasGroup("celery_bridge.group_user")) ? new Jobs(env, services) : null;
    },
};

registry.category("services").add("celery_jobs", jobsService);
