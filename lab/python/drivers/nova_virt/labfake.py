"""Nova's fake hypervisor with live and cold migrations that take time and fail as told; live ones show progress.

The pace is read from the file LAB_PACE_FILE again and again, so a test can change it while a migration runs.
docs/lab.md describes it; all keys may be left out.
"""
import json
import os
import time

from nova import context as nova_context
from nova import exception
from nova import objects
from nova.virt import fake
from oslo_log import log as logging

try:
    from nova.virt import node
except ImportError:  # before Nova 27
    node = None

LOG = logging.getLogger(__name__)

DEFAULTS = {
    "seconds": 1.0,  # from the start of the memory's copy, cold: of the disks', to its end
    "stall_at": None,  # fraction of the memory (0 to 1) at which the copy stops until this changes
    "fail_check": None,  # text: the destination's check before a migration refuses with it
    "fail_pre": None,  # text: the destination's preparation fails with it
    "fail_at": None,  # fraction at which the migration fails; the server stays on the source
    "time_out": None,  # seconds after which the source gives up, as libvirt's driver does on its completion time-out
    "fail_post": None,  # text: the end on the destination fails with it, after the guest has moved
    "lag": 0,  # seconds by which the record's end follows the server's arrival
    "decision_seconds": 0,  # how long the confirmation, or the revert, of a cold migration takes
    "servers": {},  # the same keys for one server, by its id
}


def pace(uuid=None):
    values = dict(DEFAULTS)
    try:
        with open(os.environ["LAB_PACE_FILE"]) as file:
            values.update(json.load(file))
    except (OSError, ValueError):
        # Not there, or just being written: the defaults, until the next look.
        pass
    values.update(values["servers"].get(uuid, {}))
    return values


class PacedFakeDriver(fake.FakeDriver):
    def __init__(self, virtapi, read_only=False):
        super().__init__(virtapi, read_only)
        # What was asked of the migration of each server; the stock driver knows one migration at a time only.
        self._asked = {}
        # Seconds, by server, between its arrival and the end of its record.
        self._lags = {}

    def init_host(self, host):
        super().init_host(host)
        # The stock driver forgets its guests at a restart, and Nova would find them missing.
        for instance in objects.InstanceList.get_by_host(nova_context.get_admin_context(), host):
            if instance.vm_state in ("active", "paused", "stopped", "suspended", "resized") and instance.uuid not in self.instances:
                self.instances[instance.uuid] = fake.FakeInstance(instance.name, instance.power_state, instance.uuid)

    def check_can_live_migrate_destination(self, context, instance, *args, **kwargs):
        reason = pace(instance.uuid)["fail_check"]
        if reason:
            raise exception.MigrationPreCheckError(reason=reason)
        return super().check_can_live_migrate_destination(context, instance, *args, **kwargs)

    def pre_live_migration(self, context, instance, *args, **kwargs):
        reason = pace(instance.uuid)["fail_pre"]
        if reason:
            raise exception.InternalError(reason)
        return super().pre_live_migration(context, instance, *args, **kwargs)

    def live_migration(self, context, instance, dest, post_method, recover_method, block_migration=False, migrate_data=None):
        asked = self._asked[instance.uuid] = {"abort": False, "force": False}
        migration = migrate_data.migration
        total = instance.flavor.memory_mb * 1024 * 1024
        done, last = 0.0, time.time()
        began = last
        try:
            while done < 1.0 and not asked["force"]:
                now = pace(instance.uuid)
                time.sleep(min(0.2, max(0.02, float(now["seconds"]) / 10)))
                step = (time.time() - last) / max(float(now["seconds"]), 0.01)
                last = time.time()
                late = now["time_out"] is not None and last - began > float(now["time_out"])
                if asked["abort"] or late:
                    recover_method(context, instance, dest, migrate_data, migration_status="cancelled")
                    return
                done = min(1.0, done + step)
                if now["stall_at"] is not None:
                    done = min(done, float(now["stall_at"]))
                if now["fail_at"] is not None and done >= float(now["fail_at"]):
                    recover_method(context, instance, dest, migrate_data)
                    return
                # The fields that libvirt's monitor writes.
                migration.memory_total = total
                migration.memory_processed = int(total * done)
                migration.memory_remaining = total - int(total * done)
                migration.disk_total = migration.disk_processed = migration.disk_remaining = 0
                migration.save()
                instance.progress = int(done * 100)
                instance.save()
        except Exception:
            LOG.exception("live migration")
            recover_method(context, instance, dest, migrate_data)
            return
        finally:
            self._asked.pop(instance.uuid, None)
        self._lags[instance.uuid] = float(pace(instance.uuid)["lag"] or 0)
        try:
            post_method(context, instance, dest, block_migration, migrate_data)
        finally:
            del self._lags[instance.uuid]

    def get_available_resource(self, nodename):
        # The source counts anew between the server's arrival and the end of the migration's record.
        time.sleep(max(self._lags.values(), default=0))
        status = super().get_available_resource(nodename)
        if node:
            status["uuid"] = node.get_local_node_uuid()
        return status

    # From Nova 27 on a compute that starts again must find its node's identity; the stock driver's is new at each start.
    def get_nodenames_by_uuid(self, refresh=False):
        if not node:
            return super().get_nodenames_by_uuid(refresh)
        return {node.get_local_node_uuid(): name for name in self.get_available_nodes()}

    def live_migration_force_complete(self, instance):
        self._asked.get(instance.uuid, {})["force"] = True

    def live_migration_abort(self, instance):
        self._asked.get(instance.uuid, {})["abort"] = True

    def post_live_migration_at_destination(self, context, instance, *args, **kwargs):
        reason = pace(instance.uuid)["fail_post"]
        if reason:
            raise exception.InternalError(reason)
        return super().post_live_migration_at_destination(context, instance, *args, **kwargs)

    def post_live_migration(self, context, instance, block_device_info, migrate_data=None):
        self.destroy(context, instance, network_info=None, block_device_info=block_device_info)

    def migrate_disk_and_power_off(self, context, instance, *args, **kwargs):
        """A cold migration's part on the source; of the pace, what a live migration knows of it, too."""
        done, last = 0.0, time.time()
        while done < 1.0:
            now = pace(instance.uuid)
            time.sleep(min(0.2, max(0.02, float(now["seconds"]) / 10)))
            step = (time.time() - last) / max(float(now["seconds"]), 0.01)
            last = time.time()
            done = min(1.0, done + step)
            if now["stall_at"] is not None:
                done = min(done, float(now["stall_at"]))
            if now["fail_at"] is not None and done >= float(now["fail_at"]):
                # As libvirt's driver does if it cannot reach the destination: Nova takes the server back.
                raise exception.InstanceFaultRollback(exception.ResizeError(reason="lab: the copy fails"))
        return super().migrate_disk_and_power_off(context, instance, *args, **kwargs)

    def finish_migration(self, context, migration, instance, *args, **kwargs):
        reason = pace(instance.uuid)["fail_post"]
        if reason:
            raise exception.InternalError(reason)
        return super().finish_migration(context, migration, instance, *args, **kwargs)

    def confirm_migration(self, context, migration, instance, *args, **kwargs):
        time.sleep(float(pace(instance.uuid)["decision_seconds"] or 0))
        return super().confirm_migration(context, migration, instance, *args, **kwargs)

    def finish_revert_migration(self, context, instance, *args, **kwargs):
        time.sleep(float(pace(instance.uuid)["decision_seconds"] or 0))
        return super().finish_revert_migration(context, instance, *args, **kwargs)
