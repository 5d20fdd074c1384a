namespace Fairway.Access;

/// <summary>What a call needs. Every endpoint declares one; roles say who has it.</summary>
public enum Permission
{
    /// <summary>Nothing: open to whoever reaches the address. Only sign-in, static files and the health answer.</summary>
    None,

    /// <summary>To be known, whatever the roles.</summary>
    SignedIn,

    /// <summary>See.</summary>
    View,

    /// <summary>Pause, resume, abort and take back what runs.</summary>
    Steer,

    /// <summary>Ship, promote, and allow a rejected release again.</summary>
    Deploy,

    /// <summary>Approve what another person asks for.</summary>
    Approve,

    /// <summary>Answer incidents; take a role at once when it burns.</summary>
    Respond,

    /// <summary>Tokens, other people's sessions, and the control plane itself.</summary>
    Administer,
}
