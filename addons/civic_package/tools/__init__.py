"""Information packages of Circular 05/2025/TT-BNV on E-ARK CSIP 2.0.4.

``profiles`` reads the rules that are data, ``writer`` builds, ``sources`` opens what others built, ``validate`` judges
it, ``convert`` turns a SIP into an AIP, ``vn2019`` writes and reads the tables of Circular 02/2019, ``cli`` is the command.
"""
