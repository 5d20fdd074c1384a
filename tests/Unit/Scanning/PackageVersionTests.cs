using FsCheck;
using FsCheck.Fluent;

namespace Fairway.Scanning;

public sealed class PackageVersionTests
{
    // Each line is in ascending order.
    [Theory]
    [InlineData(PackageKind.Npm, "1.0.0-alpha 1.0.0-alpha.1 1.0.0-alpha.beta 1.0.0-beta 1.0.0-beta.2 1.0.0-beta.11 1.0.0-rc.1 1.0.0 1.0.1 1.10.0 2.0.0")]
    [InlineData(PackageKind.Npm, "0.0.0-0 0.0.0 0.0.99999999999999999998 0.0.99999999999999999999")]
    [InlineData(PackageKind.Go, "v0.0.0-20191109021931-daa7c04131f5 v0.0.0-20200101000000-000000000000 v1.0.0 v1.2.3 v1.2.4-0.20190101000000-abcdefabcdef v1.2.4 v2.0.0+incompatible")]
    [InlineData(PackageKind.NuGet, "1.0.0-ALPHA 1.0.0-beta 1.0.0-Beta.2 1.0.0 1.0.0.1 1.0.1")]
    [InlineData(PackageKind.PyPi, "1.0.dev456 1.0a1 1.0a2.dev456 1.0a12.dev456 1.0a12 1.0b1.dev456 1.0b2 1.0b2.post345.dev456 1.0b2.post345 1.0rc1.dev456 1.0rc1 1.0 1.0+abc.5 1.0+abc.7 1.0+5 1.0.post456.dev34 1.0.post456 1.0.15 1.1.dev1")]
    [InlineData(PackageKind.PyPi, "2024.1 1!0.1 1!1.0")]
    [InlineData(PackageKind.PyPi, "not-a-version 0.0.1")]
    [InlineData(PackageKind.Debian, "1.0~beta1~svn1245 1.0~beta1 1.0 1.0a 1.0+b1 1.0.1")]
    [InlineData(PackageKind.Debian, "1.0-1~bpo11+1 1.0-1 1.0-1+deb12u1 1.0-1.1 1.9 1.10 1:0.1")]
    [InlineData(PackageKind.Debian, "~~ ~~a ~ 0 a")]
    public void Versions_are_in_order(PackageKind kind, string ascending)
    {
        var versions = ascending.Split(' ');
        for (var i = 0; i < versions.Length; i++)
            for (var j = 0; j < versions.Length; j++)
                Assert.True(Math.Sign(PackageVersion.Compare(kind, versions[i], versions[j])) == i.CompareTo(j), $"{versions[i]} and {versions[j]}");
    }

    [Theory]
    [InlineData(PackageKind.Npm, "1.2.3+build.7", "1.2.3")]
    [InlineData(PackageKind.NuGet, "1.0", "1.0.0.0")]
    [InlineData(PackageKind.NuGet, "1.0.0-RC1", "1.0.0-rc1")]
    [InlineData(PackageKind.Go, "v1.2.3", "1.2.3")]
    [InlineData(PackageKind.PyPi, "1.0", "v1.0.0")]
    [InlineData(PackageKind.PyPi, "1.0-alpha.1", "1.0a1")]
    [InlineData(PackageKind.PyPi, "1.0-1", "1.0.post1")]
    [InlineData(PackageKind.PyPi, "1.0preview2", "1.0rc2")]
    [InlineData(PackageKind.Debian, "0:1.0", "1.0-0")]
    [InlineData(PackageKind.Debian, "1.01", "1.1")]
    public void The_same_version_is_written_in_several_ways(PackageKind kind, string one, string other)
        => Assert.Equal(0, PackageVersion.Compare(kind, one, other));

    [Fact]
    public void Any_texts_have_an_order_that_does_not_depend_on_who_asks()
        => Prop.ForAll<string, string>((one, other) =>
        {
            foreach (var kind in Enum.GetValues<PackageKind>())
                if (Math.Sign(PackageVersion.Compare(kind, one ?? "", other ?? "")) != -Math.Sign(PackageVersion.Compare(kind, other ?? "", one ?? ""))) return false;
            return true;
        }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", 9.8)]
    [InlineData("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H", 10.0)]
    [InlineData("CVSS:3.0/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N", 6.1)]
    [InlineData("CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:N/I:N/A:H", 5.9)]
    [InlineData("CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:H", 7.8)]
    [InlineData("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:L", 5.3)]
    [InlineData("CVSS:3.1/AV:P/AC:H/PR:H/UI:R/S:U/C:L/I:N/A:N", 1.6)]
    [InlineData("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:N", 0.0)]
    [InlineData("CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:C/C:L/I:L/A:N/E:P/RL:O", 6.4)]
    [InlineData("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:H/SI:H/SA:H", 10.0)]
    [InlineData("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N", 9.3)]
    [InlineData("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:L/VI:L/VA:L/SC:N/SI:N/SA:N", 6.9)]
    [InlineData("CVSS:4.0/AV:A/AC:L/AT:N/PR:H/UI:P/VC:L/VI:H/VA:L/SC:N/SI:L/SA:H", 6.9)]
    [InlineData("CVSS:4.0/AV:N/AC:L/AT:P/PR:H/UI:N/VC:H/VI:L/VA:N/SC:L/SI:N/SA:N/MSI:L/MVC:X", 5.9)]
    [InlineData("CVSS:4.0/AV:P/AC:L/AT:P/PR:N/UI:N/VC:L/VI:N/VA:H/SC:L/SI:L/SA:H/E:U/CR:M/IR:H/AR:M", 0.7)]
    [InlineData("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:N/VI:N/VA:N/SC:N/SI:N/SA:N", 0.0)]
    [InlineData("AV:N/AC:L/Au:N/C:C/I:C/A:C", 10.0)]
    [InlineData("AV:N/AC:M/Au:N/C:P/I:P/A:P", 6.8)]
    public void A_vector_has_the_score_of_its_specification(string vector, double expected) => Assert.Equal(expected, CvssScore.Base(vector));

    [Theory]
    [InlineData("CVSS:3.1/AV:N")]
    [InlineData("CVSS:3.1/AV:N/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H")]
    [InlineData("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N")]
    [InlineData("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:R/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N")]
    [InlineData("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:S/SA:N")]
    [InlineData("high")]
    [InlineData("")]
    public void What_is_no_whole_vector_has_no_score(string vector) => Assert.Null(CvssScore.Base(vector));
}
