"""OWASP Agentic (ASI01-ASI10, 2026) and MITRE ATT&CK / ATLAS names for the codes that rules carry."""

from __future__ import annotations

from typing import Final

ASI: Final[dict[str, str]] = {
    "ASI01": "Agent Goal Hijack",
    "ASI02": "Tool Misuse and Exploitation",
    "ASI03": "Identity and Privilege Abuse",
    "ASI04": "Agentic Supply Chain Vulnerabilities",
    "ASI05": "Unexpected Code Execution",
    "ASI06": "Memory and Context Poisoning",
    "ASI07": "Insecure Inter-Agent Communication",
    "ASI08": "Cascading Failures",
    "ASI09": "Human-Agent Trust Exploitation",
    "ASI10": "Rogue Agents",
}

ATTACK: Final[dict[str, str]] = {
    "T1027": "Obfuscated Files or Information",
    "T1041": "Exfiltration Over C2 Channel",
    "T1048": "Exfiltration Over Alternative Protocol",
    "T1053": "Scheduled Task/Job",
    "T1059": "Command and Scripting Interpreter",
    "T1078": "Valid Accounts",
    "T1078.004": "Valid Accounts: Cloud Accounts",
    "T1087.004": "Account Discovery: Cloud Account",
    "T1098": "Account Manipulation",
    "T1098.001": "Account Manipulation: Additional Cloud Credentials",
    "T1098.003": "Account Manipulation: Additional Cloud Roles",
    "T1105": "Ingress Tool Transfer",
    "T1110": "Brute Force",
    "T1110.004": "Brute Force: Credential Stuffing",
    "T1132": "Data Encoding",
    "T1134": "Access Token Manipulation",
    "T1136.003": "Create Account: Cloud Account",
    "T1199": "Trusted Relationship",
    "T1484": "Domain or Tenant Policy Modification",
    "T1485": "Data Destruction",
    "T1528": "Steal Application Access Token",
    "T1530": "Data from Cloud Storage",
    "T1539": "Steal Web Session Cookie",
    "T1550.001": "Use Alternate Authentication Material: Application Access Token",
    "T1552.001": "Unsecured Credentials: Credentials In Files",
    "T1552.005": "Unsecured Credentials: Cloud Instance Metadata API",
    "T1556": "Modify Authentication Process",
    "T1056.003": "Input Capture: Web Portal Capture",
    "T1098.005": "Account Manipulation: Device Registration",
    "T1110.001": "Brute Force: Password Guessing",
    "T1110.003": "Brute Force: Password Spraying",
    "T1189": "Drive-by Compromise",
    "T1195.002": "Supply Chain Compromise: Compromise Software Supply Chain",
    "T1484.002": "Domain or Tenant Policy Modification: Trust Modification",
    "T1496": "Resource Hijacking",
    "T1531": "Account Access Removal",
    "T1546": "Event Triggered Execution",
    "T1552": "Unsecured Credentials",
    "T1556.006": "Modify Authentication Process: Multi-Factor Authentication",
    "T1572": "Protocol Tunneling",
    "T1589.002": "Gather Victim Identity Information: Email Addresses",
    "T1611": "Escape to Host",
    "T1621": "Multi-Factor Authentication Request Generation",
    "T1562": "Impair Defenses",
    "T1562.001": "Impair Defenses: Disable or Modify Tools",
    "T1562.007": "Impair Defenses: Disable or Modify Cloud Firewall",
    "T1562.008": "Impair Defenses: Disable or Modify Cloud Logs",
    "T1566.002": "Phishing: Spearphishing Link",
    "T1070": "Indicator Removal",
    "T1499": "Endpoint Denial of Service",
    "AML.T0051.001": "LLM Prompt Injection: Indirect",
    "T1567": "Exfiltration Over Web Service",
    "T1648": "Serverless Execution",
    "AML.T0010": "AI Supply Chain Compromise",
    "AML.T0034": "Cost Harvesting",
    "AML.T0051": "LLM Prompt Injection",
    "AML.T0053": "AI Agent Tool Invocation",
    "AML.T0080": "AI Agent Context Poisoning",
    "AML.T0081": "Modify AI Agent Configuration",
    "AML.T0109": "AI Supply Chain Rug Pull",
    "AML.T0110": "AI Agent Tool Poisoning",
    "AML.T0086": "Exfiltration via AI Agent Tool Invocation",
}


def address(code: str) -> str:
    """Where MITRE describes a technique."""
    if code.startswith("AML."):
        return f"https://atlas.mitre.org/techniques/{code}"
    return f"https://attack.mitre.org/techniques/{code.replace('.', '/')}"
