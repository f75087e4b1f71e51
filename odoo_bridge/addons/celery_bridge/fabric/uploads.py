"""Large files: stored in chunks before the write-back, made one attachment inside it.

The chunks lie in ``celery_upload``, so that a transaction keeps them and any of Odoo's servers
finds them. Neither side ever holds more than one of them in memory.
"""

import hashlib
import os
import tempfile

from odoo.exceptions import ValidationError

from .statements import statement


def attach_upload(env, job, upload, size, values):
    """The id of a new attachment made of the chunks of ``upload``, which go when the job ends.

    ``size`` is the number of bytes that the worker sent. Raises ``ValidationError`` when others
    are there. An Odoo that does not keep attachments as files holds all of it in memory.
    """
    key = {"uuid": job.uuid, "upload": upload}
    env.cr.execute(statement("bulk.upload_size"), key)
    chunks, stored = env.cr.fetchone()
    if stored != size:
        text = "The file %(name)s is incomplete: %(stored)s of %(size)s bytes were uploaded."
        raise ValidationError(env._(text, name=values["name"], stored=stored, size=size))
    attachments = env["ir.attachment"].sudo()
    if attachments._storage() == "file":
        attachment = _as_file(attachments, _chunks(env, key, chunks), values)
    else:
        attachment = attachments.create({**values, "raw": b"".join(_chunks(env, key, chunks))})
    return attachment.id


def _chunks(env, key, count):
    for number in range(count):
        env.cr.execute(statement("bulk.upload_chunk"), {**key, "number": number})
        yield bytes(env.cr.fetchone()[0])


def _as_file(attachments, chunks, values):
    """As ``ir.attachment.create`` and ``_file_write`` do, but a chunk at a time."""
    # First, for its lock keeps the filestore's garbage collection out until we commit.
    attachment = attachments.create(values)
    path, digest, size = _received(attachments._filestore(), chunks)
    name = f"{digest[:2]}/{digest}"
    attachments._mark_for_gc(name)  # should the transaction abort
    target = attachments._full_path(name)
    os.makedirs(os.path.dirname(target), exist_ok=True)
    os.replace(path, target)
    # Its own write takes neither of these, only the whole content.
    attachment.flush_recordset()
    attachments.env.cr.execute(
        statement("bulk.upload_stored"),
        {"id": attachment.id, "name": name, "checksum": digest, "size": size},
    )
    attachment.invalidate_recordset()
    return attachment


def _received(store, chunks):
    """A new file in the filestore with these chunks, its SHA-1, which names it there, and its size."""
    os.makedirs(store, exist_ok=True)
    checksum, size = hashlib.sha1(), 0
    descriptor, path = tempfile.mkstemp(dir=store, prefix="celery-upload-")
    try:
        with os.fdopen(descriptor, "wb") as file:
            for chunk in chunks:
                file.write(chunk)
                checksum.update(chunk)
                size += len(chunk)
        os.chmod(path, 0o644)
    except BaseException:
        os.unlink(path)
        raise
    return path, checksum.hexdigest(), size
