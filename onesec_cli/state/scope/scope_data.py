"""What the providers' public scope references say: spellings, which scope includes which, and what a scope allows.

A relation that no reference documents is not in these tables: without one, no scope implies another.
"""

from __future__ import annotations

from typing import Final

GOOGLE: Final = "google"
GITHUB: Final = "github"
SLACK: Final = "slack"
MICROSOFT: Final = "microsoft"
GENERIC: Final = ""
"""Auth0 APIs and every provider without a table."""

PROVIDER_WORDS: Final = (
    (GOOGLE, ("google", "gmail", "gsuite")),
    (GITHUB, ("github",)),
    (SLACK, ("slack",)),
    (MICROSOFT, ("microsoft", "windowslive", "waad", "office365", "azure", "entra", "outlook", "msgraph")),
)
"""Parts of strategies and connection names that tell the provider."""

GOOGLE_PREFIX: Final = "https://www.googleapis.com/auth/"
GOOGLE_HOSTS: Final = (GOOGLE_PREFIX, "https://mail.google.com", "https://www.google.com/")
MICROSOFT_HOSTS: Final = (
    "https://graph.microsoft.com/",
    "https://graph.microsoft.us/",
    "https://outlook.office.com/",
    "https://outlook.office365.com/",
    "00000003-0000-0000-c000-000000000000/",
)

GOOGLE_SPELLINGS: Final = {
    "https://mail.google.com": "mail.google.com",
    "https://www.google.com/m8/feeds": "contacts",
    "https://www.google.com/calendar/feeds": "calendar",
    "userinfo.email": "email",
    "userinfo.profile": "profile",
}
"""Other spellings of one scope, after the prefix and the last slash are gone."""

FAMILIES: Final[dict[str, tuple[str, ...]]] = {GOOGLE: ("calendar",), SLACK: ("admin",)}
"""Scopes that include every scope whose name they start, with a dot between."""

INCLUDES: Final[dict[str, dict[str, tuple[str, ...]]]] = {
    GOOGLE: {
        "mail.google.com": ("gmail.modify",),
        "gmail.modify": ("gmail.readonly", "gmail.compose", "gmail.labels", "gmail.insert"),
        "gmail.compose": ("gmail.send",),
        "gmail.readonly": ("gmail.metadata",),
        "gmail.settings.sharing": ("gmail.settings.basic",),
        "calendar.readonly": (
            "calendar.events.readonly",
            "calendar.freebusy",
            "calendar.calendarlist.readonly",
            "calendar.calendars.readonly",
            "calendar.settings.readonly",
        ),
        "calendar.events": ("calendar.events.owned",),
        "calendar.events.readonly": (
            "calendar.events.owned.readonly",
            "calendar.events.freebusy",
            "calendar.events.public.readonly",
        ),
        "drive": ("drive.file", "drive.metadata", "spreadsheets", "documents", "presentations", "forms.body"),
        "drive.readonly": (
            "drive.metadata.readonly",
            "drive.meet.readonly",
            "drive.photos.readonly",
            "spreadsheets.readonly",
            "documents.readonly",
            "presentations.readonly",
        ),
        "admin.directory.user": ("admin.directory.user.alias",),
        "admin.directory.user.readonly": ("admin.directory.user.alias.readonly",),
        "admin.directory.group": ("admin.directory.group.member",),
        "admin.directory.group.readonly": ("admin.directory.group.member.readonly",),
        "admin.directory.device.mobile": ("admin.directory.device.mobile.action",),
        "chat.messages": ("chat.messages.create",),
        "chat.spaces": ("chat.spaces.create",),
        "cloud-platform": (
            "cloud-platform.read-only",
            "devstorage.full_control",
            "bigquery",
            "compute",
            "datastore",
            "pubsub",
            "logging.admin",
            "monitoring",
            "sqlservice.admin",
            "cloudkms",
        ),
        "devstorage.full_control": ("devstorage.read_write",),
        "devstorage.read_write": ("devstorage.read_only",),
        "bigquery": ("bigquery.insertdata",),
        "logging.admin": ("logging.read", "logging.write"),
        "monitoring": ("monitoring.read", "monitoring.write"),
    },
    GITHUB: {
        "repo": ("repo:status", "repo_deployment", "public_repo", "repo:invite", "security_events", "admin:repo_hook"),
        "admin:org": ("write:org", "manage_runners:org"),
        "write:org": ("read:org",),
        "admin:public_key": ("write:public_key",),
        "write:public_key": ("read:public_key",),
        "admin:repo_hook": ("write:repo_hook",),
        "write:repo_hook": ("read:repo_hook",),
        "admin:gpg_key": ("write:gpg_key",),
        "write:gpg_key": ("read:gpg_key",),
        "admin:ssh_signing_key": ("write:ssh_signing_key",),
        "write:ssh_signing_key": ("read:ssh_signing_key",),
        "admin:enterprise": ("manage_runners:enterprise", "manage_billing:enterprise", "read:enterprise"),
        "user": ("read:user", "user:email", "user:follow"),
        "project": ("read:project",),
        "write:packages": ("read:packages",),
        "write:discussion": ("read:discussion",),
        "audit_log": ("read:audit_log",),
        "codespace": ("codespace:secrets",),
        "copilot": ("manage_billing:copilot",),
    },
    SLACK: {
        "channels:manage": ("channels:write.invites", "channels:write.topic"),
        "channels:write": ("channels:write.invites", "channels:write.topic"),
        "groups:write": ("groups:write.invites", "groups:write.topic"),
        "im:write": ("im:write.topic",),
        "mpim:write": ("mpim:write.invites", "mpim:write.topic"),
        "chat:write": ("chat:write:user", "chat:write:bot"),
    },
    MICROSOFT: {
        "directory.accessasuser.all": ("directory.readwrite.all",),
        "directory.readwrite.all": ("user.readwrite.all", "group.readwrite.all"),
        "directory.read.all": ("user.read.all", "group.read.all"),
        "sites.fullcontrol.all": ("sites.manage.all",),
        "sites.manage.all": ("sites.readwrite.all",),
        "user.read.all": ("user.readbasic.all",),
        "user.read": ("profile", "email"),
        "group.readwrite.all": ("groupmember.readwrite.all",),
        "group.read.all": ("groupmember.read.all",),
        "application.readwrite.all": ("application.readwrite.ownedby",),
        "mail.read": ("mail.readbasic",),
        "calendars.read": ("calendars.readbasic",),
        "chat.read": ("chat.readbasic",),
        "files.readwrite": ("files.readwrite.appfolder",),
        "notes.readwrite": ("notes.create",),
    },
}

IDENTITY: Final = frozenset(
    ["openid", "profile", "email", "address", "phone", "user:email", "read:user", "user.read", "identify"]
    + [f"identity.{part}" for part in ("basic", "email", "avatar", "team")]
    + ["https://www.googleapis.com/auth/userinfo.email", "https://www.googleapis.com/auth/userinfo.profile"]
)
"""Who the user is, nothing of theirs."""

OFFLINE: Final = frozenset({"offline_access", "offline", "refresh_token"})
"""Access that outlives the session."""

RISK_OF: Final[dict[str, int]] = {
    **dict.fromkeys(OFFLINE, 1),
    # Google: scopes whose name holds no verb; those limited to what the application made itself are not sensitive
    "drive.file": 1,
    "drive.appdata": 1,
    "drive.install": 1,
    "calendar.app.created": 1,
    "calendar.freebusy": 1,
    "calendar.events.freebusy": 1,
    "gmail.labels": 1,
    "gmail.metadata": 1,
    "gmail.settings.sharing": 6,
    "mail.google.com": 3,
    "drive": 3,
    "calendar": 3,
    "contacts": 3,
    "cloud-platform": 6,
    "devstorage.full_control": 3,
    # GitHub
    "repo": 3,
    "public_repo": 3,
    "repo:status": 3,
    "repo:invite": 3,
    "repo_deployment": 3,
    "delete_repo": 6,
    "site_admin": 6,
    "workflow": 3,
    "gist": 3,
    "user": 3,
    "project": 3,
    "codespace": 3,
    "audit_log": 3,
    "admin:repo_hook": 3,
    "admin:gpg_key": 3,
    # Slack
    "channels:join": 3,
    "commands": 1,
    "incoming-webhook": 3,
    "bot": 3,
    # Microsoft
    "user.readwrite.all": 6,
    "group.readwrite.all": 6,
    "application.readwrite.all": 6,
    "approleassignment.readwrite.all": 6,
    "delegatedpermissiongrant.readwrite.all": 6,
    "mailboxsettings.readwrite": 3,
    ".default": 3,
    # any
    "*": 6,
}
"""Whole names that their words would place wrongly."""

STORES: Final = frozenset({
    "mail.google.com", "drive", "cloud-platform", "mail.readwrite", "mail.readwrite.all", "mail.readwrite.shared",
    "files.readwrite.all", "sites.readwrite.all", "sites.fullcontrol.all", "notes.readwrite.all", "repo", "full",
})  # fmt: skip
"""Reading, changing and deleting a whole store of somebody's, where narrower scopes exist."""

ADMIN_WORDS: Final = frozenset({
    "admin", "administrator", "administration", "administer", "directory", "root", "superuser", "sudo", "owner",
    "impersonate", "impersonation", "fullcontrol", "accessasuser", "rolemanagement", "privilegedaccess",
})  # fmt: skip
WRITE_WORDS: Final = frozenset({
    "write", "readwrite", "send", "delete", "manage", "create", "update", "modify", "edit", "upload", "compose",
    "full", "all", "insert", "remove", "post", "publish", "invite", "execute", "approve", "transfer",
    "pay", "share", "sharing", "grant", "revoke", "rotate", "assign", "import", "cancel",
    "refund", "deploy", "control", "add", "set", "put", "patch", "join", "merge", "push", "writes",
})  # fmt: skip
READ_WORDS: Final = frozenset({
    "read", "readonly", "list", "view", "get", "search", "history", "metadata", "readbasic", "freebusy", "show",
    "download", "export", "audit", "lookup", "query", "fetch",
})  # fmt: skip
POWERS: Final = frozenset({
    "client_grants", "client_keys", "roles", "role_members", "tenant_settings", "signing_keys", "log_streams",
    "resource_servers", "users_app_metadata", "permissions", "policies", "credentials", "secrets",
})  # fmt: skip
"""Objects of `verb:object` scopes that make whoever may change them an administrator."""
