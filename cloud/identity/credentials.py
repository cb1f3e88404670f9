"""The keys that exist: the owner's, those of IAM users, and those of sessions, which end."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass

from cloud import ids
from cloud.identity.principals import Principal, owner
from cloud.moto_side import iam_access_key, iam_tags, iam_user


@dataclass(frozen=True)
class Credential:
    """One access key and whose it is. Keys of a session have a token, and an end in cloud time."""

    access_key_id: str
    secret_access_key: str
    principal: Principal
    token: str | None = None
    expires: float | None = None


class Keyring:
    """Finds the credential that an access key id names."""

    def __init__(self, account: str) -> None:
        self.account = account
        self.owner = Credential(ids.access_key_id(), ids.secret_access_key(), owner(account))
        self._sessions: dict[str, Credential] = {}
        self._lock = threading.Lock()

    def find(self, access_key_id: str) -> Credential | None:
        """The credential, or None when there is no such key or it is inactive. Ended sessions are found."""
        if access_key_id == self.owner.access_key_id:
            return self.owner
        if session := self._sessions.get(access_key_id):
            return session
        key = iam_access_key(access_key_id)
        if key is None:
            return None
        tags = iam_tags(iam_user(key.user_name))
        principal = Principal("user", key.user_arn, self.account, key.user_id, key.user_name, tags=tags)
        return Credential(access_key_id, key.secret, principal)

    def begin_session(self, principal: Principal, seconds: float) -> Credential:
        """Make temporary credentials for a principal, for ``seconds`` of cloud time."""
        session = Credential(
            ids.access_key_id("ASIA"),
            ids.secret_access_key(),
            principal,
            ids.session_token(),
            time.time() + seconds,
        )
        with self._lock:
            self._sessions[session.access_key_id] = session
        return session

    def end_session(self, credential: Credential) -> None:
        """Forget temporary credentials that nobody holds any more."""
        with self._lock:
            self._sessions.pop(credential.access_key_id, None)
